//! Tags: changed one after the other, whoever changes them, and gone with what they are on.

use futures::future::join_all;

use super::{create, delete, update};
use crate::catalog::{Catalog, Resource, StateMachine, Tags, Updated};
use crate::contract::{samples, works};

pub async fn run_all(catalog: &dyn Catalog) {
    a_machine_has_the_tags_that_it_was_created_with_until_they_change(catalog).await;
    tags_of_what_is_not_there_are_none(catalog).await;
    concurrent_changes_have_exactly_one_winner(catalog).await;
}

async fn a_machine_has_the_tags_that_it_was_created_with_until_they_change(catalog: &dyn Catalog) {
    let created = samples::machine("tagged", "tagged-1");
    let given = tags(&[("z", "1"), ("a", "")]);
    create(catalog, &StateMachine { tags: given.clone(), ..created.clone() }).await;
    expect_tags(catalog, "tagged", Some(&given)).await;
    let changed = tags(&[("ü", "é"), ("z", "2")]);
    let set = set_tags(catalog, "tagged", &changed, &given).await;
    assert!(set == Updated::Updated, "`set_tags` of the first tags is {set:?}");
    update(catalog, &samples::machine("tagged", "tagged-2"), "tagged-1").await;
    expect_tags(catalog, "tagged", Some(&changed)).await;
    let set = set_tags(catalog, "tagged", &given, &given).await;
    assert!(set == Updated::Changed, "`set_tags` of other tags than the current ones is {set:?}");
    expect_tags(catalog, "tagged", Some(&changed)).await;
    let set = set_tags(catalog, "tagged", &Tags::new(), &changed).await;
    assert!(set == Updated::Updated, "`set_tags` to no tags is {set:?}");
    expect_tags(catalog, "tagged", Some(&Tags::new())).await;
    delete(catalog, "tagged").await;
    create(catalog, &StateMachine { revision_id: "tagged-3".into(), tags: given.clone(), ..created }).await;
    expect_tags(catalog, "tagged", Some(&given)).await;
    delete(catalog, "tagged").await;
}

async fn tags_of_what_is_not_there_are_none(catalog: &dyn Catalog) {
    expect_tags(catalog, "untagged", None).await;
    let set = set_tags(catalog, "untagged", &tags(&[("a", "b")]), &Tags::new()).await;
    assert!(set == Updated::Gone, "`set_tags` of an unknown resource is {set:?}");
    expect_tags(catalog, "untagged", None).await;
    create(catalog, &samples::machine("untagged", "untagged-1")).await;
    set_tags(catalog, "untagged", &tags(&[("a", "b")]), &Tags::new()).await;
    delete(catalog, "untagged").await;
    expect_tags(catalog, "untagged", None).await;
}

async fn concurrent_changes_have_exactly_one_winner(catalog: &dyn Catalog) {
    create(catalog, &samples::machine("tag-rivals", "tag-rivals-1")).await;
    let mut before = Tags::new();
    for round in ["a", "b"] {
        let rivals: Vec<Tags> = (0..8).map(|n| tags(&[(round, &n.to_string())])).collect();
        let answers = join_all(rivals.iter().map(|rival| set_tags(catalog, "tag-rivals", rival, &before))).await;
        let winners: Vec<&Tags> =
            rivals.iter().zip(&answers).filter(|(_, set)| **set == Updated::Updated).map(|(rival, _)| rival).collect();
        assert!(winners.len() == 1, "{} of 8 concurrent `set_tags` were Updated: {answers:?}", winners.len());
        expect_tags(catalog, "tag-rivals", Some(winners[0])).await;
        before.clone_from(winners[0]);
    }
    delete(catalog, "tag-rivals").await;
}

fn tags(tags: &[(&str, &str)]) -> Tags {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

async fn set_tags(catalog: &dyn Catalog, name: &str, tags: &Tags, expected: &Tags) -> Updated {
    works("set_tags", catalog.set_tags(&Resource::StateMachine(name.to_owned()), tags, expected).await)
}

async fn expect_tags(catalog: &dyn Catalog, name: &str, expected: Option<&Tags>) {
    let found = works("tags", catalog.tags(&Resource::StateMachine(name.to_owned())).await);
    assert!(found.as_ref() == expected, "the tags of `{name}` are {found:?}, not {expected:?}");
}
