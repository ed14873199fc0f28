//! Versions: numbered one after the other, one for each revision at most, and never taken from an alias.

use engine::timestamp::Timestamp;
use futures::future::join_all;

use super::{create, delete, update};
use crate::catalog::{Catalog, Published, Updated, Version, VersionDeleted};
use crate::contract::{samples, works};

pub async fn run_all(catalog: &dyn Catalog) {
    what_is_not_there_has_no_versions(catalog).await;
    each_revision_becomes_one_version(catalog).await;
    numbers_are_not_given_twice(catalog).await;
    concurrent_calls_publish_one_version(catalog).await;
    lists_are_newest_first_and_page_by_any_limit(catalog).await;
    versions_go_with_their_state_machine(catalog).await;
}

async fn what_is_not_there_has_no_versions(catalog: &dyn Catalog) {
    let published = publish(catalog, "unversioned", "r1", None, samples::at(1)).await;
    assert!(published == Published::Gone, "`publish` of an unknown state machine is {published:?}");
    create(catalog, &samples::machine("unversioned", "unversioned-1")).await;
    let published = publish(catalog, "unversioned", "unversioned-0", None, samples::at(1)).await;
    assert!(published == Published::Changed, "`publish` of another revision than the current one is {published:?}");
    expect_listed(catalog, "unversioned", 10, &[]).await;
    for number in [0, 1, u64::MAX] {
        assert!(version(catalog, "unversioned", number).await.is_none(), "version {number} is there unpublished");
        let deleted = delete_version(catalog, "unversioned", number).await;
        assert!(deleted == VersionDeleted::Deleted, "`delete_version` of no version is {deleted:?}");
    }
    delete(catalog, "unversioned").await;
}

async fn each_revision_becomes_one_version(catalog: &dyn Catalog) {
    create(catalog, &samples::machine("versioned", "versioned-1")).await;
    let first = expect_published(catalog, "versioned", "versioned-1", Some("first, é"), 10).await;
    assert!(first.number == 1, "the first version has the number {}", first.number);
    let again = publish(catalog, "versioned", "versioned-1", Some("other"), samples::at(11)).await;
    assert!(again == Published::As(first.clone()), "the same revision published again is {again:?}");
    let updated = update(catalog, &samples::machine("versioned", "versioned-2"), "versioned-1").await;
    assert!(updated == Updated::Updated, "an `update` after `publish` is {updated:?}");
    let second = expect_published(catalog, "versioned", "versioned-2", None, 12).await;
    assert!(second.number == 2, "the second version has the number {}", second.number);
    for expected in [&first, &second] {
        let found = version(catalog, "versioned", expected.number).await;
        assert!(found.as_ref() == Some(expected), "version {} is {found:?}", expected.number);
    }
    delete(catalog, "versioned").await;
}

async fn numbers_are_not_given_twice(catalog: &dyn Catalog) {
    create(catalog, &samples::machine("renumbered", "renumbered-1")).await;
    for number in 1..4 {
        let published = expect_published(catalog, "renumbered", "renumbered-1", None, 10).await;
        assert!(published.number == number, "after {} deleted ones comes number {}", number - 1, published.number);
        let deleted = delete_version(catalog, "renumbered", number).await;
        assert!(deleted == VersionDeleted::Deleted, "`delete_version` is {deleted:?}");
        assert!(version(catalog, "renumbered", number).await.is_none(), "a deleted version is there");
        expect_listed(catalog, "renumbered", 10, &[]).await;
    }
    let revision = works("revision", catalog.revision("renumbered", "renumbered-1").await);
    assert!(revision.is_some(), "the revision of a deleted version is gone");
    delete(catalog, "renumbered").await;
}

async fn concurrent_calls_publish_one_version(catalog: &dyn Catalog) {
    create(catalog, &samples::machine("publishers", "publishers-1")).await;
    let calls = (0..8).map(|n| publish(catalog, "publishers", "publishers-1", None, samples::at(n)));
    let answers = join_all(calls).await;
    let version = version(catalog, "publishers", 1).await;
    for answer in answers {
        assert!(Some(&answer) == version.clone().map(Published::As).as_ref(), "one of 8 at once is {answer:?}");
    }
    expect_listed(catalog, "publishers", 10, &[1]).await;
    delete(catalog, "publishers").await;
}

async fn lists_are_newest_first_and_page_by_any_limit(catalog: &dyn Catalog) {
    create(catalog, &samples::machine("many-versions", "many-versions-1")).await;
    for number in 1..=12 {
        expect_published(catalog, "many-versions", &format!("many-versions-{number}"), None, number).await;
        let next = samples::machine("many-versions", &format!("many-versions-{}", number + 1));
        update(catalog, &next, &format!("many-versions-{number}")).await;
    }
    delete_version(catalog, "many-versions", 9).await;
    for limit in [1, 3, 11, 1_000] {
        expect_listed(catalog, "many-versions", limit, &[12, 11, 10, 8, 7, 6, 5, 4, 3, 2, 1]).await;
    }
    delete(catalog, "many-versions").await;
}

async fn versions_go_with_their_state_machine(catalog: &dyn Catalog) {
    for round in ["once-1", "once-2"] {
        create(catalog, &samples::machine("once-versioned", round)).await;
        let published = expect_published(catalog, "once-versioned", round, None, 10).await;
        assert!(published.number == 1, "a state machine made anew begins with version {}", published.number);
        delete(catalog, "once-versioned").await;
        assert!(version(catalog, "once-versioned", 1).await.is_none(), "a version outlives its state machine");
        expect_listed(catalog, "once-versioned", 10, &[]).await;
    }
}

pub(super) async fn expect_published(
    catalog: &dyn Catalog,
    name: &str,
    revision_id: &str,
    description: Option<&str>,
    at: i64,
) -> Version {
    match publish(catalog, name, revision_id, description, samples::at(at)).await {
        Published::As(version) => {
            let as_asked = version.revision_id == revision_id
                && version.description.as_deref() == description
                && version.created_at == samples::at(at);
            assert!(as_asked, "`publish` of {revision_id}, {description:?} at {at} is {version:?}");
            version
        }
        other => panic!("`publish` of the current revision is {other:?}"),
    }
}

async fn publish(
    catalog: &dyn Catalog,
    name: &str,
    revision_id: &str,
    description: Option<&str>,
    at: Timestamp,
) -> Published {
    works("publish", catalog.publish(name, revision_id, description, at).await)
}

async fn version(catalog: &dyn Catalog, name: &str, number: u64) -> Option<Version> {
    works("version", catalog.version(name, number).await)
}

pub(super) async fn delete_version(catalog: &dyn Catalog, name: &str, number: u64) -> VersionDeleted {
    works("delete_version", catalog.delete_version(name, number).await)
}

async fn expect_listed(catalog: &dyn Catalog, name: &str, limit: usize, expected: &[u64]) {
    let mut found = Vec::new();
    let mut below = None;
    loop {
        let page = works("versions", catalog.versions(name, limit, below).await);
        assert!(!page.more || page.versions.len() == limit, "a page of versions that is not the last is not full");
        found.extend(page.versions.iter().map(|version| version.number));
        below = found.last().copied();
        if !page.more {
            break;
        }
    }
    assert!(found == expected, "the versions of `{name}` by pages of {limit} are {found:?}, not {expected:?}");
}
