//! [`Catalog`]: names are unique, updates do not overwrite one another, and revisions stay for those who run them.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::json;

mod aliases;
mod deletion;
mod tags;
mod versions;

use super::{samples, works};
use crate::catalog::{Catalog, Created, ListedMachine, MachineType, StateMachine, Updated};

pub async fn run_all(catalog: &dyn Catalog) {
    an_unknown_name_has_no_machine(catalog).await;
    a_created_machine_comes_back_as_it_went_in(catalog).await;
    a_taken_name_answers_with_its_machine(catalog).await;
    concurrent_creates_have_exactly_one_winner(catalog).await;
    an_update_keeps_the_revision_before(catalog).await;
    an_update_of_another_revision_than_the_current_one_is_refused(catalog).await;
    concurrent_updates_have_exactly_one_winner(catalog).await;
    revisions_outlive_their_state_machine(catalog).await;
    an_update_of_what_is_gone_is_refused(catalog).await;
    lists_go_by_name_and_page_by_any_limit(catalog).await;
    definitions_of_a_megabyte_are_kept(catalog).await;
    tags::run_all(catalog).await;
    versions::run_all(catalog).await;
    aliases::run_all(catalog).await;
    deletion::run_all(catalog).await;
}

pub async fn an_unknown_name_has_no_machine(catalog: &dyn Catalog) {
    assert!(get(catalog, "unknown").await.is_none(), "`get` of an unknown name is not None");
    assert!(revision(catalog, "unknown", "r1").await.is_none(), "`revision` of an unknown name is not None");
    delete(catalog, "unknown").await;
}

pub async fn a_created_machine_comes_back_as_it_went_in(catalog: &dyn Catalog) {
    let machine = StateMachine {
        machine_type: MachineType::Express,
        definition: " {\"StartAt\":\t\"Ä\",\r\n \"Comment\": \"\\u0041\", \"x\": 1.0 } \n".to_owned(),
        logging_configuration: Some(
            json!({"level": "ALL", "includeExecutionData": true, "destinations": [{"b": 1, "a": [null]}]}),
        ),
        tracing_configuration: Some(json!({"enabled": false})),
        encryption_configuration: Some(json!({"type": "AWS_OWNED_KEY"})),
        tags: vec![("z".into(), "1".into()), ("a".into(), String::new()), ("ü".into(), "é😀".into())],
        ..samples::machine("whole-Ä", "whole-1")
    };
    create(catalog, &machine).await;
    expect_current(catalog, &machine, "a machine with everything in it").await;
    assert!(
        revision(catalog, &machine.name, "whole-2").await.is_none(),
        "`revision` of one that never was is not None"
    );
    assert!(revision(catalog, "whole", "whole-1").await.is_none(), "`revision` of another name's revision is not None");
    delete(catalog, &machine.name).await;
}

pub async fn a_taken_name_answers_with_its_machine(catalog: &dyn Catalog) {
    let first = samples::machine("taken", "taken-1");
    create(catalog, &first).await;
    for second in [first.clone(), StateMachine { definition: "{}".into(), ..samples::machine("taken", "taken-2") }] {
        match works("create", catalog.create(&second).await) {
            Created::Created => panic!("a second state machine was created under one name"),
            Created::Exists(by) => assert!(*by == first, "Exists does not hold the state machine that has the name"),
        }
    }
    expect_current(catalog, &first, "the first machine, after a second `create` of its name").await;
    assert!(revision(catalog, "taken", "taken-2").await.is_none(), "a refused `create` left its revision behind");
    let other_case = samples::machine("Taken", "taken-3");
    create(catalog, &other_case).await;
    expect_current(catalog, &other_case, "a machine whose name differs in case only").await;
    delete(catalog, "taken").await;
    expect_current(catalog, &other_case, "a machine, after the delete of one whose name differs in case only").await;
    delete(catalog, "Taken").await;
}

pub async fn concurrent_creates_have_exactly_one_winner(catalog: &dyn Catalog) {
    let rivals: Vec<_> = (0..12).map(|n| samples::machine("rivals", &format!("rival-{n}"))).collect();
    let answers = join_all(rivals.iter().map(|rival| catalog.create(rival))).await;
    let current = get(catalog, "rivals").await;
    let mut winners = 0;
    for (rival, answer) in rivals.iter().zip(answers) {
        match works("create, at the same time as others,", answer) {
            Created::Created => {
                winners += 1;
                assert!(current.as_deref() == Some(rival), "a `create` was Created, but another machine has the name");
            }
            Created::Exists(by) => assert!(current == Some(by), "Exists does not hold the machine that has the name"),
        }
    }
    assert!(winners == 1, "{winners} of 12 concurrent `create`s of one name were Created");
    delete(catalog, "rivals").await;
}

pub async fn an_update_keeps_the_revision_before(catalog: &dyn Catalog) {
    let mut revisions = vec![samples::machine("updated", "updated-0")];
    create(catalog, &revisions[0]).await;
    for n in 1..5 {
        let before = format!("updated-{}", n - 1);
        let next = StateMachine {
            definition: format!("{{\"n\": {n}}}"),
            updated_at: samples::at(100 * n),
            ..samples::machine("updated", &format!("updated-{n}"))
        };
        let updated = update(catalog, &next, &before).await;
        assert!(updated == Updated::Updated, "an `update` of the current revision is {updated:?}");
        expect_current(catalog, &next, "the updated machine").await;
        revisions.push(next);
        for old in &revisions {
            let found = revision(catalog, "updated", &old.revision_id).await;
            assert!(
                found.as_deref() == Some(old),
                "after an `update`, `revision` did not give back {}",
                old.revision_id
            );
        }
    }
    expect_listed(catalog, 10, &["updated"]).await;
    delete(catalog, "updated").await;
}

pub async fn an_update_of_another_revision_than_the_current_one_is_refused(catalog: &dyn Catalog) {
    create(catalog, &samples::machine("stale", "stale-0")).await;
    let current = samples::machine("stale", "stale-1");
    update(catalog, &current, "stale-0").await;
    for expected in ["stale-0", "never"] {
        let updated = update(catalog, &samples::machine("stale", "stale-2"), expected).await;
        assert!(
            updated == Updated::Changed,
            "an `update` made from `{expected}` instead of the current revision is {updated:?}"
        );
        expect_current(catalog, &current, "the machine, after a refused `update`").await;
        assert!(revision(catalog, "stale", "stale-2").await.is_none(), "a refused `update` left its revision behind");
    }
    delete(catalog, "stale").await;
}

pub async fn concurrent_updates_have_exactly_one_winner(catalog: &dyn Catalog) {
    create(catalog, &samples::machine("contended", "contended")).await;
    let rivals: Vec<_> = (0..12).map(|n| samples::machine("contended", &format!("contended-{n}"))).collect();
    let answers = join_all(rivals.iter().map(|rival| catalog.update(rival, "contended"))).await;
    let current = get(catalog, "contended").await;
    let mut winners = 0;
    for (rival, answer) in rivals.iter().zip(answers) {
        match works("update, at the same time as others,", answer) {
            Updated::Updated => {
                winners += 1;
                assert!(current.as_deref() == Some(rival), "an `update` was Updated, but another revision is current");
            }
            Updated::Changed => {
                let left = revision(catalog, "contended", &rival.revision_id).await;
                assert!(left.is_none(), "an `update` that lost left its revision behind");
            }
            Updated::Gone => panic!("an `update` of an existing state machine found it gone"),
        }
    }
    assert!(winners == 1, "{winners} of 12 concurrent `update`s of one revision were Updated");
    delete(catalog, "contended").await;
}

pub async fn revisions_outlive_their_state_machine(catalog: &dyn Catalog) {
    let [first, second, third] = ["kept-1", "kept-2", "kept-3"].map(|id| samples::machine("kept", id));
    create(catalog, &first).await;
    update(catalog, &second, "kept-1").await;
    for _twice in 0..2 {
        delete(catalog, "kept").await;
        assert!(get(catalog, "kept").await.is_none(), "`get` of a deleted state machine is not None");
        expect_listed(catalog, 10, &[]).await;
    }
    expect_revisions(catalog, &[&first, &second], "the delete of their state machine").await;
    create(catalog, &third).await;
    expect_current(catalog, &third, "a machine made again under a deleted name").await;
    expect_revisions(catalog, &[&first, &second, &third], "another machine took their name").await;
    expect_listed(catalog, 10, &["kept"]).await;
    delete(catalog, "kept").await;
    expect_revisions(catalog, &[&first, &second, &third], "the delete of both").await;
}

pub async fn an_update_of_what_is_gone_is_refused(catalog: &dyn Catalog) {
    let next = samples::machine("gone", "gone-2");
    let updated = update(catalog, &next, "gone-1").await;
    assert!(updated == Updated::Gone, "an `update` of an unknown name is {updated:?}");
    create(catalog, &samples::machine("gone", "gone-1")).await;
    delete(catalog, "gone").await;
    let updated = update(catalog, &next, "gone-1").await;
    assert!(updated == Updated::Gone, "an `update` of a deleted state machine is {updated:?}");
    assert!(get(catalog, "gone").await.is_none(), "an `update` brought back a deleted state machine");
    assert!(revision(catalog, "gone", "gone-2").await.is_none(), "a refused `update` left its revision behind");
}

pub async fn lists_go_by_name_and_page_by_any_limit(catalog: &dyn Catalog) {
    // In the order of their bytes.
    let names = ["A", "B", "a", "a-1", "a1", "aa", "b", "z", "é", "日本"];
    for (n, name) in (0..10i32).zip(names).rev() {
        let machine_type = if n % 2 == 0 { MachineType::Standard } else { MachineType::Express };
        let machine = samples::machine(name, &format!("listed-{n}"));
        create(catalog, &StateMachine { machine_type, created_at: samples::at(i64::from(n)), ..machine }).await;
    }
    for limit in [1, 3, 9, 10, 1_000] {
        expect_listed(catalog, limit, &names).await;
    }
    for (after, rest) in
        [("a", &names[3..]), ("a-", &names[3..]), ("C", &names[2..]), ("\u{1}", &names[..]), ("日本", &[])]
    {
        let listing = works("list", catalog.list(100, Some(after)).await);
        let found: Vec<_> = listing.machines.iter().map(|machine| machine.name.as_str()).collect();
        assert!(found == rest && !listing.more, "after `{after}`, the list is {found:?}, not {rest:?}");
    }
    let listing = works("list", catalog.list(2, None).await);
    let listed =
        |name: &str, machine_type, n| ListedMachine { name: name.into(), machine_type, created_at: samples::at(n) };
    let expected = [listed("A", MachineType::Standard, 0), listed("B", MachineType::Express, 1)];
    assert!(listing.machines == expected && listing.more, "the first two of the list are {listing:?}");
    for name in names {
        delete(catalog, name).await;
    }
    expect_listed(catalog, 10, &[]).await;
}

pub async fn definitions_of_a_megabyte_are_kept(catalog: &dyn Catalog) {
    const BYTES: usize = 1 << 20;
    let shrinking = format!("{{\"Comment\":\"{}\"}}", "ab".repeat(BYTES / 2 - 7));
    let definitions = [shrinking, samples::definition(BYTES, 1), samples::definition(BYTES, 2)];
    let machines: Vec<_> = (0..)
        .zip(definitions)
        .map(|(n, definition)| StateMachine { definition, ..samples::machine("large", &format!("large-{n}")) })
        .collect();
    create(catalog, &machines[0]).await;
    expect_current(catalog, &machines[0], "a definition of 1 MB that shrinks well").await;
    for pair in machines.windows(2) {
        let updated = update(catalog, &pair[1], &pair[0].revision_id).await;
        assert!(updated == Updated::Updated, "an `update` to a definition of 1 MB is {updated:?}");
        expect_current(catalog, &pair[1], "a definition of 1 MB that does not shrink").await;
    }
    let taken = works("create", catalog.create(&machines[0]).await);
    assert!(matches!(taken, Created::Exists(by) if *by == machines[2]), "Exists does not hold the large machine");
    delete(catalog, "large").await;
    expect_revisions(catalog, &machines.iter().collect::<Vec<_>>(), "the delete of a large state machine").await;
}

async fn create(catalog: &dyn Catalog, machine: &StateMachine) {
    let created = works("create", catalog.create(machine).await);
    assert!(matches!(created, Created::Created), "`create` of a free name, `{}`, was not Created", machine.name);
}

async fn update(catalog: &dyn Catalog, machine: &StateMachine, expected_revision: &str) -> Updated {
    works("update", catalog.update(machine, expected_revision).await)
}

async fn delete(catalog: &dyn Catalog, name: &str) {
    works("delete", catalog.delete(name).await);
}

async fn get(catalog: &dyn Catalog, name: &str) -> Option<Arc<StateMachine>> {
    works("get", catalog.get(name).await)
}

async fn revision(catalog: &dyn Catalog, name: &str, revision_id: &str) -> Option<Arc<StateMachine>> {
    works("revision", catalog.revision(name, revision_id).await)
}

async fn expect_current(catalog: &dyn Catalog, machine: &StateMachine, what: &str) {
    assert!(get(catalog, &machine.name).await.as_deref() == Some(machine), "`get` did not give back {what}");
    let found = revision(catalog, &machine.name, &machine.revision_id).await;
    assert!(found.as_deref() == Some(machine), "`revision` did not give back {what}");
}

async fn expect_revisions(catalog: &dyn Catalog, machines: &[&StateMachine], event: &str) {
    for machine in machines {
        let found = revision(catalog, &machine.name, &machine.revision_id).await;
        assert!(
            found.as_deref() == Some(*machine),
            "`revision` did not give back {} after {event}",
            machine.revision_id
        );
    }
}

/// Reads all pages; each but the last is full.
async fn expect_listed(catalog: &dyn Catalog, limit: usize, expected: &[&str]) {
    let mut found: Vec<String> = Vec::new();
    loop {
        let listing = works("list", catalog.list(limit, found.last().map(String::as_str)).await);
        let count = listing.machines.len();
        assert!(count <= limit, "a page of at most {limit} holds {count}");
        assert!(!listing.more || count == limit, "a page of {limit} holds {count}, and says that there are more");
        assert!(count > 0 || found.is_empty(), "a page said that there are more, and there were none");
        for machine in listing.machines {
            assert!(!found.contains(&machine.name), "pages of {limit} list `{}` twice", machine.name);
            found.push(machine.name);
        }
        if !listing.more {
            break;
        }
    }
    assert!(found == expected, "the list by pages of {limit} is {found:?}, not {expected:?}");
}
