//! Deletion: what is being deleted stays as it is, and is found until it is gone.

use super::{create, delete, get, update};
use crate::catalog::{Alias, AliasCreated, AliasUpdated, Catalog, Created, Published, Resource, Route, Tags, Updated};
use crate::contract::{samples, works};

pub async fn run_all(catalog: &dyn Catalog) {
    what_is_not_there_is_not_being_deleted(catalog).await;
    what_is_being_deleted_cannot_change(catalog).await;
    what_is_being_deleted_is_found_until_it_is_gone(catalog).await;
}

async fn what_is_not_there_is_not_being_deleted(catalog: &dyn Catalog) {
    let begun = works("begin_deletion", catalog.begin_deletion("undeletable", samples::at(1)).await);
    assert!(begun.is_none(), "`begin_deletion` of an unknown state machine gave {begun:?}");
    expect_being_deleted(catalog, &[]).await;
}

async fn what_is_being_deleted_cannot_change(catalog: &dyn Catalog) {
    let machine = samples::machine("leaving", "leaving-1");
    create(catalog, &machine).await;
    works("publish", catalog.publish("leaving", "leaving-1", None, samples::at(1)).await);
    let alias = Alias {
        name: "PROD".into(),
        description: None,
        routes: vec![Route { version: 1, weight: 100 }],
        created_at: samples::at(1),
        updated_at: samples::at(1),
    };
    works("create_alias", catalog.create_alias("leaving", &alias).await);
    for at in [7, 8] {
        let begun = works("begin_deletion", catalog.begin_deletion("leaving", samples::at(at)).await);
        let since = begun.as_ref().and_then(|machine| machine.deleting_since);
        assert!(since == Some(samples::at(7)), "`begin_deletion` gave {begun:?}");
        assert!(get(catalog, "leaving").await == begun, "`get` does not give what `begin_deletion` gave");
    }
    let revision = works("revision", catalog.revision("leaving", "leaving-1").await);
    assert!(revision.as_deref() == Some(&machine), "`begin_deletion` changed the revision");

    let updated = update(catalog, &samples::machine("leaving", "leaving-2"), "leaving-1").await;
    assert!(updated == Updated::Gone, "`update` of what is being deleted is {updated:?}");
    let created = works("create", catalog.create(&samples::machine("leaving", "leaving-3")).await);
    let exists = matches!(&created, Created::Exists(by) if by.deleting_since.is_some());
    assert!(exists, "`create` under the name of what is being deleted is {created:?}");
    let published = works("publish", catalog.publish("leaving", "leaving-1", None, samples::at(9)).await);
    assert!(published == Published::Gone, "`publish` of what is being deleted is {published:?}");
    let other = Alias { name: "TEST".into(), ..alias.clone() };
    let created = works("create_alias", catalog.create_alias("leaving", &other).await);
    assert!(created == AliasCreated::Gone, "`create_alias` of what is being deleted is {created:?}");
    let later = Alias { updated_at: samples::at(9), ..alias.clone() };
    let updated = works("update_alias", catalog.update_alias("leaving", &later, alias.updated_at).await);
    assert!(updated == AliasUpdated::Gone, "`update_alias` of what is being deleted is {updated:?}");
    let resource = Resource::StateMachine("leaving".into());
    let tags = vec![("a".to_owned(), "b".to_owned())];
    let tagged = works("set_tags", catalog.set_tags(&resource, &tags, &Tags::new()).await);
    assert!(tagged == Updated::Gone, "`set_tags` of what is being deleted is {tagged:?}");
    delete(catalog, "leaving").await;
}

async fn what_is_being_deleted_is_found_until_it_is_gone(catalog: &dyn Catalog) {
    for name in ["bye-a", "bye-b", "bye-c"] {
        create(catalog, &samples::machine(name, name)).await;
    }
    for name in ["bye-c", "bye-a"] {
        works("begin_deletion", catalog.begin_deletion(name, samples::at(1)).await);
    }
    expect_being_deleted(catalog, &["bye-a", "bye-c"]).await;
    let first = works("being_deleted", catalog.being_deleted(1).await);
    assert!(first.len() == 1, "one of those that are being deleted is {first:?}");
    delete(catalog, "bye-a").await;
    expect_being_deleted(catalog, &["bye-c"]).await;
    create(catalog, &samples::machine("bye-a", "bye-a-2")).await;
    expect_being_deleted(catalog, &["bye-c"]).await;
    for name in ["bye-a", "bye-b", "bye-c"] {
        delete(catalog, name).await;
    }
    expect_being_deleted(catalog, &[]).await;
}

async fn expect_being_deleted(catalog: &dyn Catalog, expected: &[&str]) {
    let found = works("being_deleted", catalog.being_deleted(100).await);
    assert!(found == expected, "those that are being deleted are {found:?}, not {expected:?}");
}
