//! [`Activities`]: names are taken once, lists are whole, tags change in order.

use engine::timestamp::Timestamp;
use futures::future::join_all;
use serde_json::json;

use super::{samples, works};
use crate::activities::{Activities, Activity, CreatedActivity};
use crate::catalog::{Tags, Updated};

pub async fn run_all(activities: &dyn Activities) {
    what_was_created_is_there_until_it_is_deleted(activities).await;
    a_name_is_taken_once(activities).await;
    lists_are_in_the_order_of_names_page_by_page(activities).await;
    tags_change_only_on_top_of_what_was_read(activities).await;
}

pub async fn what_was_created_is_there_until_it_is_deleted(activities: &dyn Activities) {
    let activity = Activity {
        encryption_configuration: Some(json!({ "type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k" })),
        tags: tags(&[("b", "1"), ("a", "")]),
        ..named("contract.there", 7)
    };
    assert!(get(activities, &activity.name).await.is_none(), "an activity is there that was never created");
    create(activities, &activity).await;
    let found = get(activities, &activity.name).await;
    assert!(found.as_ref() == Some(&activity), "{found:?} is not what was created");
    let removed = works("delete", activities.delete(&activity.name).await);
    assert!(removed.as_deref() == Some(&activity), "`delete` gave {removed:?}");
    assert!(get(activities, &activity.name).await.is_none(), "a deleted activity is there still");
    let again = works("delete", activities.delete(&activity.name).await);
    assert!(again.is_none(), "it was deleted twice: {again:?}");
    let anew = named("contract.there", 8);
    create(activities, &anew).await;
    assert!(get(activities, &anew.name).await == Some(anew.clone()), "a name that was deleted can be taken again");
    works("delete", activities.delete(&anew.name).await);
}

pub async fn a_name_is_taken_once(activities: &dyn Activities) {
    let rivals: Vec<Activity> = (0..4).map(|at| named("contract-rivals", at)).collect();
    let answers = join_all(rivals.iter().map(|rival| activities.create(rival))).await;
    let mut created = Vec::new();
    let mut existing = Vec::new();
    for (rival, answer) in rivals.iter().zip(answers) {
        match works("create", answer) {
            CreatedActivity::Created => created.push(rival.clone()),
            CreatedActivity::Exists(other) => existing.push(other),
        }
    }
    assert!(created.len() == 1, "{} were created under one name", created.len());
    assert!(existing.iter().all(|other| **other == created[0]), "the others were shown {existing:?}");
    assert!(get(activities, "contract-rivals").await.as_ref() == created.first());
    works("delete", activities.delete("contract-rivals").await);
}

pub async fn lists_are_in_the_order_of_names_page_by_page(activities: &dyn Activities) {
    let names = ["contract-1", "contract-10", "contract-2", "contract-B", "contract-a", "contract-é"];
    for name in ["contract-a", "contract-10", "contract-é", "contract-1", "contract-B", "contract-2"] {
        create(activities, &named(name, 1)).await;
    }
    for limit in [1, 2, 5, 6, 100] {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = works("list", activities.list(limit, after.as_deref()).await);
            assert!(page.activities.len() <= limit, "a page of {limit} has {}", page.activities.len());
            found.extend(page.activities.iter().map(|activity| activity.name.clone()));
            if !page.more {
                break;
            }
            after = found.last().cloned();
            assert!(page.activities.len() == limit, "a page that is not full says that there is more");
        }
        assert!(found == names, "by pages of {limit}: {found:?}");
    }
    for name in names {
        works("delete", activities.delete(name).await);
    }
    assert!(works("list", activities.list(10, None).await).activities.is_empty(), "deleted activities are listed");
}

pub async fn tags_change_only_on_top_of_what_was_read(activities: &dyn Activities) {
    let set = |new: &[(&str, &str)], expected: &[(&str, &str)]| {
        let (new, expected) = (tags(new), tags(expected));
        async move { works("set_tags", activities.set_tags("contract-tags", &new, &expected).await) }
    };
    assert!(set(&[("a", "1")], &[]).await == Updated::Gone, "tags on nothing");
    create(activities, &named("contract-tags", 1)).await;
    assert!(set(&[("a", "1")], &[]).await == Updated::Updated);
    assert!(set(&[("b", "1")], &[]).await == Updated::Changed, "tags that were read before a change");
    assert!(set(&[("b", "2"), ("a", "1")], &[("a", "1")]).await == Updated::Updated);
    let found = get(activities, "contract-tags").await.map(|activity| activity.tags);
    assert!(found == Some(tags(&[("b", "2"), ("a", "1")])), "{found:?}");
    assert!(set(&[], &[("b", "2"), ("a", "1")]).await == Updated::Updated);
    works("delete", activities.delete("contract-tags").await);
    assert!(set(&[("a", "1")], &[]).await == Updated::Gone, "tags on what was deleted");
}

fn named(name: &str, at: i64) -> Activity {
    let created_at: Timestamp = samples::at(at);
    let queue = format!("queue-{at}");
    Activity { name: name.into(), created_at, queue, encryption_configuration: None, tags: Tags::new() }
}

fn tags(tags: &[(&str, &str)]) -> Tags {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

async fn create(activities: &dyn Activities, activity: &Activity) {
    let created = works("create", activities.create(activity).await);
    assert!(matches!(created, CreatedActivity::Created), "{}: {created:?}", activity.name);
}

async fn get(activities: &dyn Activities, name: &str) -> Option<Activity> {
    works("get", activities.get(name).await).map(|activity| (*activity).clone())
}
