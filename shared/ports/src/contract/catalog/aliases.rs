//! Aliases: they route to versions that are there, as long as they do.

use engine::timestamp::Timestamp;
use futures::future::{join, join_all};

use super::versions::{delete_version, expect_published};
use super::{create, delete, update};
use crate::catalog::{Alias, AliasCreated, AliasUpdated, Catalog, ListedAlias, Route, VersionDeleted};
use crate::contract::{samples, works};

pub async fn run_all(catalog: &dyn Catalog) {
    an_alias_needs_a_state_machine_and_versions(catalog).await;
    a_created_alias_comes_back_and_keeps_its_name(catalog).await;
    an_update_replaces_what_was_read(catalog).await;
    a_version_that_is_routed_to_stays(catalog).await;
    a_version_does_not_go_while_it_is_being_routed_to(catalog).await;
    lists_are_in_the_order_of_creation_and_page_by_any_limit(catalog).await;
    concurrent_creates_have_exactly_one_winner(catalog).await;
    aliases_go_with_their_state_machine(catalog).await;
}

/// A state machine with versions 1 to `count`.
async fn versioned(catalog: &dyn Catalog, name: &str, count: u64) {
    create(catalog, &samples::machine(name, &format!("{name}-1"))).await;
    for number in 1..=count {
        if number > 1 {
            update(catalog, &samples::machine(name, &format!("{name}-{number}")), &format!("{name}-{}", number - 1))
                .await;
        }
        expect_published(catalog, name, &format!("{name}-{number}"), None, 10).await;
    }
}

fn alias(name: &str, routes: &[(u64, u32)], at: i64) -> Alias {
    Alias {
        name: name.to_owned(),
        description: Some("é".to_owned()),
        routes: routes.iter().map(|(version, weight)| Route { version: *version, weight: *weight }).collect(),
        created_at: samples::at(at),
        updated_at: samples::at(at),
    }
}

async fn an_alias_needs_a_state_machine_and_versions(catalog: &dyn Catalog) {
    let created = create_alias(catalog, "aliasless", &alias("PROD", &[(1, 100)], 1)).await;
    assert!(created == AliasCreated::Gone, "`create_alias` of an unknown state machine is {created:?}");
    versioned(catalog, "aliasless", 1).await;
    for routes in [&[(2, 100)][..], &[(1, 50), (2, 50)]] {
        let created = create_alias(catalog, "aliasless", &alias("PROD", routes, 1)).await;
        assert!(created == AliasCreated::NoVersion, "`create_alias` to an unknown version is {created:?}");
        assert!(get(catalog, "aliasless", "PROD").await.is_none(), "a refused `create_alias` left an alias behind");
    }
    let updated = update_alias(catalog, "aliasless", &alias("PROD", &[(1, 100)], 2), samples::at(1)).await;
    assert!(updated == AliasUpdated::Gone, "`update_alias` of an unknown alias is {updated:?}");
    works("delete_alias", catalog.delete_alias("aliasless", "PROD").await);
    expect_listed(catalog, "aliasless", None, 10, &[]).await;
    delete(catalog, "aliasless").await;
}

async fn a_created_alias_comes_back_and_keeps_its_name(catalog: &dyn Catalog) {
    versioned(catalog, "aliased", 2).await;
    let first = alias("PROD", &[(2, 70), (1, 30)], 1);
    expect_created(catalog, "aliased", &first).await;
    let other = Alias { description: None, ..alias("PROD", &[(1, 100)], 2) };
    let created = create_alias(catalog, "aliased", &other).await;
    assert!(created == AliasCreated::Exists(first.clone()), "`create_alias` under a taken name is {created:?}");
    assert!(
        get(catalog, "aliased", "PROD").await.as_ref() == Some(&first),
        "a refused `create_alias` changed the alias"
    );
    let plain = Alias { description: None, ..alias("prod", &[(1, 100)], 2) };
    expect_created(catalog, "aliased", &plain).await;
    assert!(get(catalog, "aliased", "prod").await == Some(plain), "an alias without description did not come back");
    delete(catalog, "aliased").await;
}

async fn an_update_replaces_what_was_read(catalog: &dyn Catalog) {
    versioned(catalog, "moved", 3).await;
    expect_created(catalog, "moved", &alias("PROD", &[(1, 60), (2, 40)], 1)).await;
    let at =
        |updated: i64, routes: &[(u64, u32)]| Alias { updated_at: samples::at(updated), ..alias("PROD", routes, 1) };
    let next = at(5, &[(2, 10), (3, 90)]);
    let updated = update_alias(catalog, "moved", &next, samples::at(1)).await;
    assert!(updated == AliasUpdated::Updated, "`update_alias` of the alias that was read is {updated:?}");
    for (version, routed) in [(1, &[][..]), (2, &["PROD"]), (3, &["PROD"])] {
        expect_listed(catalog, "moved", Some(version), 10, routed).await;
    }
    let stale = update_alias(catalog, "moved", &at(6, &[(1, 100)]), samples::at(1)).await;
    assert!(stale == AliasUpdated::Changed, "`update_alias` of an alias that has changed is {stale:?}");
    let missing = update_alias(catalog, "moved", &at(6, &[(4, 100)]), samples::at(5)).await;
    assert!(missing == AliasUpdated::NoVersion, "`update_alias` to an unknown version is {missing:?}");
    assert!(get(catalog, "moved", "PROD").await == Some(next), "a refused `update_alias` changed the alias");
    expect_listed(catalog, "moved", None, 10, &["PROD"]).await;
    delete(catalog, "moved").await;
}

async fn a_version_that_is_routed_to_stays(catalog: &dyn Catalog) {
    versioned(catalog, "routed", 2).await;
    expect_created(catalog, "routed", &alias("b", &[(1, 100)], 1)).await;
    expect_created(catalog, "routed", &alias("a", &[(2, 0), (1, 100)], 2)).await;
    let refused = delete_version(catalog, "routed", 1).await;
    assert!(refused == VersionDeleted::Referenced(vec!["b".into(), "a".into()]), "`delete_version` is {refused:?}");
    works("delete_alias", catalog.delete_alias("routed", "b").await);
    let refused = delete_version(catalog, "routed", 1).await;
    assert!(refused == VersionDeleted::Referenced(vec!["a".into()]), "`delete_version` is {refused:?}");
    let moved = Alias { updated_at: samples::at(3), ..alias("a", &[(2, 100)], 2) };
    update_alias(catalog, "routed", &moved, samples::at(2)).await;
    let deleted = delete_version(catalog, "routed", 1).await;
    assert!(deleted == VersionDeleted::Deleted, "`delete_version` that no alias routes to any more is {deleted:?}");
    let refused = delete_version(catalog, "routed", 2).await;
    assert!(refused == VersionDeleted::Referenced(vec!["a".into()]), "`delete_version` is {refused:?}");
    delete(catalog, "routed").await;
}

async fn a_version_does_not_go_while_it_is_being_routed_to(catalog: &dyn Catalog) {
    for n in 0..12 {
        let machine = format!("raced-{n}");
        versioned(catalog, &machine, 1).await;
        let raced = alias("PROD", &[(1, 100)], 1);
        let (created, deleted) =
            join(create_alias(catalog, &machine, &raced), delete_version(catalog, &machine, 1)).await;
        let alias_first = created == AliasCreated::Created && matches!(deleted, VersionDeleted::Referenced(_));
        let version_first = created == AliasCreated::NoVersion && deleted == VersionDeleted::Deleted;
        assert!(
            alias_first || version_first,
            "at once, `create_alias` is {created:?} and `delete_version` {deleted:?}"
        );
        delete(catalog, &machine).await;
    }
}

async fn lists_are_in_the_order_of_creation_and_page_by_any_limit(catalog: &dyn Catalog) {
    versioned(catalog, "many-aliases", 2).await;
    // Against the alphabet, and two of each time.
    let names = ["z", "y", "b", "x", "a", "c.d", "w", "PROD", "v", "u"];
    let mut expected: Vec<(i64, &str)> = (0..).zip(names).map(|(n, name)| (n / 2, name)).collect();
    for (at, name) in &expected {
        let routes: &[_] = if at % 2 == 0 { &[(1, 50), (2, 50)] } else { &[(1, 100)] };
        expect_created(catalog, "many-aliases", &alias(name, routes, *at)).await;
    }
    expected.sort_unstable();
    let all: Vec<&str> = expected.iter().map(|(_, name)| *name).collect();
    let second: Vec<&str> = expected.iter().filter(|(at, _)| at % 2 == 0).map(|(_, name)| *name).collect();
    for limit in [1, 3, 9, 10, 1_000] {
        expect_listed(catalog, "many-aliases", None, limit, &all).await;
        expect_listed(catalog, "many-aliases", Some(1), limit, &all).await;
        expect_listed(catalog, "many-aliases", Some(2), limit, &second).await;
        expect_listed(catalog, "many-aliases", Some(3), limit, &[]).await;
    }
    works("delete_alias", catalog.delete_alias("many-aliases", "z").await);
    expect_listed(
        catalog,
        "many-aliases",
        None,
        1_000,
        &all.iter().copied().filter(|name| *name != "z").collect::<Vec<_>>(),
    )
    .await;
    delete(catalog, "many-aliases").await;
}

async fn concurrent_creates_have_exactly_one_winner(catalog: &dyn Catalog) {
    versioned(catalog, "alias-rivals", 1).await;
    let rivals: Vec<Alias> = (0..8).map(|n| alias("PROD", &[(1, 100)], n)).collect();
    let answers = join_all(rivals.iter().map(|rival| create_alias(catalog, "alias-rivals", rival))).await;
    let kept = get(catalog, "alias-rivals", "PROD").await;
    let winners = answers.iter().filter(|answer| **answer == AliasCreated::Created).count();
    assert!(winners == 1, "{winners} of 8 concurrent `create_alias`es were Created");
    for (rival, answer) in rivals.iter().zip(answers) {
        match answer {
            AliasCreated::Created => {
                assert!(kept.as_ref() == Some(rival), "another alias than the Created one is kept")
            }
            AliasCreated::Exists(by) => assert!(kept == Some(by), "Exists does not hold the alias that has the name"),
            other => panic!("a concurrent `create_alias` is {other:?}"),
        }
    }
    expect_listed(catalog, "alias-rivals", Some(1), 10, &["PROD"]).await;
    delete(catalog, "alias-rivals").await;
}

async fn aliases_go_with_their_state_machine(catalog: &dyn Catalog) {
    versioned(catalog, "once-aliased", 1).await;
    expect_created(catalog, "once-aliased", &alias("PROD", &[(1, 100)], 1)).await;
    delete(catalog, "once-aliased").await;
    assert!(get(catalog, "once-aliased", "PROD").await.is_none(), "an alias outlives its state machine");
    create(catalog, &samples::machine("once-aliased", "once-aliased-2")).await;
    expect_listed(catalog, "once-aliased", None, 10, &[]).await;
    expect_listed(catalog, "once-aliased", Some(1), 10, &[]).await;
    delete(catalog, "once-aliased").await;
}

async fn create_alias(catalog: &dyn Catalog, machine: &str, alias: &Alias) -> AliasCreated {
    works("create_alias", catalog.create_alias(machine, alias).await)
}

async fn expect_created(catalog: &dyn Catalog, machine: &str, alias: &Alias) {
    let created = create_alias(catalog, machine, alias).await;
    assert!(created == AliasCreated::Created, "`create_alias` under a free name, `{}`, is {created:?}", alias.name);
    assert!(get(catalog, machine, &alias.name).await.as_ref() == Some(alias), "`alias` does not give back {alias:?}");
}

async fn update_alias(catalog: &dyn Catalog, machine: &str, alias: &Alias, expected: Timestamp) -> AliasUpdated {
    works("update_alias", catalog.update_alias(machine, alias, expected).await)
}

async fn get(catalog: &dyn Catalog, machine: &str, name: &str) -> Option<Alias> {
    works("alias", catalog.alias(machine, name).await)
}

async fn expect_listed(catalog: &dyn Catalog, machine: &str, version: Option<u64>, limit: usize, expected: &[&str]) {
    let mut found: Vec<ListedAlias> = Vec::new();
    loop {
        let page = works("aliases", catalog.aliases(machine, version, limit, found.last()).await);
        assert!(!page.more || page.aliases.len() == limit, "a page of aliases that is not the last is not full");
        found.extend(page.aliases);
        if !page.more {
            break;
        }
    }
    let names: Vec<&str> = found.iter().map(|alias| alias.name.as_str()).collect();
    assert!(names == expected, "the aliases of `{machine}`, version {version:?}, are {names:?}, not {expected:?}");
}
