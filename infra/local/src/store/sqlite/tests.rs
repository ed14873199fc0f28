use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use futures::executor::block_on;
use futures::future::{join, join_all};
use ports::contract::{self, samples};
use ports::executions::{ListQuery, Summary, SummaryStatus, Through};
use ports::journal::{Appended, Direction, Journal};
use ports::store_error::StoreError;
use ports::{Catalog, Executions, Timers};
use rusqlite::StatementStatus;
use tempfile::TempDir;

use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(folder.path()).unwrap()
}

fn open_error(folder: &Path) -> String {
    SqliteStore::open(folder).map(|_| ()).unwrap_err().to_string().replace(&folder.display().to_string(), "DIR")
}

#[test]
fn keeps_the_contract_of_the_journal() {
    let folder = folder();
    block_on(contract::journal::run_all(&open(&folder)));
}

#[test]
fn keeps_the_contract_of_payloads() {
    let folder = folder();
    block_on(contract::payloads::run_all(&open(&folder)));
}

#[test]
fn keeps_the_contract_of_executions() {
    let folder = folder();
    block_on(contract::executions::run_all(&open(&folder)));
}

#[test]
fn keeps_the_contract_of_the_catalog() {
    let folder = folder();
    block_on(contract::catalog::run_all(&open(&folder)));
}

#[test]
fn keeps_the_contract_of_activities() {
    let folder = folder();
    block_on(contract::activities::run_all(&open(&folder)));
}

#[test]
fn keeps_the_contract_of_timers() {
    let folder = folder();
    block_on(contract::timers::run_all(&open(&folder)));
}

#[test]
fn a_store_that_is_opened_again_holds_what_it_held() {
    let folder = folder();
    let arn = samples::arn("shop", "again");
    let (record, summary, machine) =
        (samples::record(&arn, 0), samples::running(&arn, 0), samples::machine("shop", "r1"));
    let timer = ports::timers::ArmedTimer {
        due: samples::at(5),
        execution: arn.clone(),
        seq: 0,
        timer: engine::input::Timer::Execution,
    };
    block_on(async {
        let store = open(&folder);
        store.append(&record).await.unwrap();
        store.started(&summary).await.unwrap();
        store.create(&machine).await.unwrap();
        store.arm(&timer).await.unwrap();
    });
    let store = open(&folder);
    block_on(async {
        assert_eq!(store.newest(&arn).await.unwrap(), Some(record));
        assert_eq!(Executions::get(&store, &arn).await.unwrap(), Some(summary));
        assert_eq!(Catalog::get(&store, "shop").await.unwrap().as_deref(), Some(&machine));
        assert_eq!(Timers::due(&store, samples::at(6), 10).await.unwrap(), [timer]);
    });
}

#[test]
fn a_folder_is_open_once_at_a_time() {
    let folder = folder();
    let store = open(&folder);
    assert_eq!(open_error(folder.path()), "`DIR` is in use by another stepwell");
    drop(store);
    open(&folder);
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    let folder = folder();
    drop(open(&folder));
    let file = folder.path().join(FILE);
    let version = |version: Option<i64>| {
        let connection = Connection::open(&file).unwrap();
        if let Some(version) = version {
            connection.pragma_update(None, "user_version", version).unwrap();
        }
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap()
    };
    version(Some(schema::VERSION + 1));
    let refused = format!(
        "`DIR/stepwell.db` was written by a newer stepwell: its schema is version {}, and this one knows version {}",
        schema::VERSION + 1,
        schema::VERSION
    );
    assert_eq!(open_error(folder.path()), refused);
    assert_eq!(version(None), schema::VERSION + 1);
    version(Some(schema::VERSION));
    open(&folder);
}

#[test]
fn a_file_of_every_older_version_is_brought_up_to_date() {
    for (version, _) in (1..).zip(schema::STEPS) {
        let folder = folder();
        let connection = Connection::open(folder.path().join(FILE)).unwrap();
        connection.execute_batch(&schema::STEPS[..version].concat()).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
        drop(connection);
        drop(open(&folder));
        let store = open(&folder);
        block_on(contract::catalog::run_all(&store));
        block_on(contract::executions::run_all(&store));
        block_on(contract::payloads::run_all(&store));
    }
}

#[test]
fn files_of_others_are_refused_and_left_alone() {
    let text = folder();
    let content = "this is not a database, however long one looks at it\n".repeat(40);
    fs::write(text.path().join(FILE), &content).unwrap();
    assert_eq!(open_error(text.path()), "`DIR/stepwell.db` is not a store of stepwell");
    assert_eq!(fs::read_to_string(text.path().join(FILE)).unwrap(), content);

    let other = folder();
    let connection = Connection::open(other.path().join(FILE)).unwrap();
    connection.execute_batch("CREATE TABLE addresses (name TEXT)").unwrap();
    drop(connection);
    let before = fs::read(other.path().join(FILE)).unwrap();
    assert_eq!(open_error(other.path()), "`DIR/stepwell.db` is not a store of stepwell");
    assert_eq!(fs::read(other.path().join(FILE)).unwrap(), before);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_its_name() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(open_error(&file), "cannot use `DIR`: File exists (os error 17)");
}

#[test]
fn a_full_disk_refuses_appends_until_there_is_space_and_spoils_nothing() {
    let folder = folder();
    let store = open(&folder);
    let arn = samples::arn("shop", "full");
    let pages = |pages: i64| {
        block_on(store.write(move |connection| Ok(connection.pragma_update(None, "max_page_count", pages)?))).unwrap();
    };
    let large = |seq| samples::record_with(&arn, seq, &[samples::incompressible(200_000, seq)]);
    pages(100);
    let mut written = Vec::new();
    let refused = loop {
        let record = large(written.len() as u64);
        match block_on(store.append(&record)) {
            Ok(Appended::Written) => written.push(record),
            Ok(Appended::Taken(_)) => panic!("taken"),
            Err(error) => break error,
        }
    };
    assert!(refused.is_passing());
    assert_eq!(refused.to_string(), "unavailable: no space left for the store: database or disk is full");
    assert_eq!(block_on(store.newest(&arn)).unwrap().as_ref(), written.last());
    pages(100_000);
    let next = large(written.len() as u64);
    assert!(matches!(block_on(store.append(&next)), Ok(Appended::Written)));
    drop(store);
    written.push(next);
    assert_eq!(block_on(open(&folder).records(&arn, None, Direction::OldestFirst, 100)).unwrap(), written);
}

#[test]
fn a_store_that_became_read_only_says_so_and_reads_on() {
    let folder = folder();
    let store = open(&folder);
    let record = samples::record(&samples::arn("shop", "read-only"), 0);
    block_on(store.append(&record)).unwrap();
    block_on(store.write(|connection| Ok(connection.pragma_update(None, "query_only", true)?))).unwrap();
    let refused = block_on(store.append(&samples::record(&record.run.execution.arn, 1))).unwrap_err();
    assert!(refused.is_passing());
    assert!(refused.to_string().starts_with("unavailable: the store cannot be written to: "), "{refused}");
    assert_eq!(block_on(store.newest(&record.run.execution.arn)).unwrap(), Some(record));
}

#[test]
fn a_disk_that_fails_is_passing_and_says_what_failed() {
    let writing = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_WRITE);
    let failure = Failure::from(rusqlite::Error::SqliteFailure(writing, Some("disk I/O error".into())));
    let error = failure.store_error();
    assert!(error.is_passing());
    let text = "unavailable: the disk of the store fails: Error code 778: Error writing to disk";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_job_that_fails_does_not_spoil_those_of_its_transaction() {
    let folder = folder();
    let store = open(&folder);
    let arn = samples::arn("shop", "batch");
    let (open_gate, gate) = mpsc::channel::<()>();
    let records: Vec<_> = (0..20).map(|seq| samples::record(&arn, seq)).collect();
    block_on(async {
        // The writer waits in the first job while the others queue up behind it.
        let first = store.write(move |_| Ok(gate.recv().is_err()));
        let (before, after) = records.split_at(10);
        let spoiler = store.write(|connection| Ok(connection.execute_batch("INSERT INTO no_such_table VALUES (1)")?));
        let [before, after] =
            [before, after].map(|records| join_all(records.iter().map(|record| store.append(record))));
        let queued = join(before, join(spoiler, after));
        let (first, (queued, ())) = join(first, join(queued, async move { drop(open_gate) })).await;
        first.unwrap();
        let (before, (spoiler, after)) = queued;
        assert!(spoiler.unwrap_err().to_string().contains("no such table"));
        for appended in before.into_iter().chain(after) {
            assert!(matches!(appended, Ok(Appended::Written)));
        }
    });
    assert_eq!(block_on(store.records(&arn, None, Direction::OldestFirst, 100)).unwrap(), records);
}

#[test]
fn a_damaged_record_is_unreadable_and_named() {
    let folder = folder();
    let store = open(&folder);
    let record = samples::record(&samples::arn("shop", "damaged"), 0);
    block_on(store.append(&record)).unwrap();
    let damage = |connection: &Connection| Ok(connection.execute_batch("UPDATE records SET record = x'7f00'")?);
    block_on(store.write(damage)).unwrap();
    let error = block_on(store.newest(&record.run.execution.arn)).unwrap_err();
    let StoreError::Unreadable(text) = error else { panic!("{error}") };
    assert_eq!(text, format!("record of {}: version 127 is unknown", record.run.execution.arn));
}

const KILLED_FOLDER: &str = "STEPWELL_TEST_FOLDER";

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = folder();
    let arn = samples::arn("shop", "killed");
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "store::sqlite::tests::child_that_appends_until_it_is_killed",
                "--nocapture",
            ])
            .env(KILLED_FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = lines.map_while(Result::ok).filter_map(|line| line.parse::<u64>().ok());
        let seen = acknowledged.nth(200);
        child.kill().unwrap();
        let last = acknowledged.last().or(seen).expect("the child appends");
        child.wait().unwrap();

        let store = open(&folder);
        let kept = block_on(store.newest(&arn)).unwrap().unwrap().seq();
        assert!(kept >= last, "round {round}: {last} was acknowledged, {kept} is the newest");
        let records = block_on(store.records(&arn, None, Direction::OldestFirst, 1_000_000)).unwrap();
        assert!(records.iter().map(|record| record.seq()).eq(0..=kept));
        let check = |connection: &Connection| Ok(connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?);
        assert_eq!(block_on(store.read::<String>(check)).unwrap(), "ok");
    }
}

#[test]
#[ignore = "runs only as the child of the test above"]
fn child_that_appends_until_it_is_killed() {
    let Ok(folder) = std::env::var(KILLED_FOLDER) else { return };
    let store = SqliteStore::open(Path::new(&folder)).unwrap();
    let arn = samples::arn("shop", "killed");
    let first = block_on(store.newest(&arn)).unwrap().map_or(0, |record| record.seq() + 1);
    println!();
    for seq in first..1_000_000 {
        assert!(matches!(block_on(store.append(&samples::record(&arn, seq))), Ok(Appended::Written)));
        println!("{seq}");
    }
}

/// The oldest fifty failed, of version 1 and alias `old`; all others succeeded, of version 2 and alias `new`.
async fn start_and_end(store: &SqliteStore, count: i64) {
    let executions = (0..count).map(|number| async move {
        let (status, version, alias) =
            if number < 50 { (SummaryStatus::Failed, 1, "old") } else { (SummaryStatus::Succeeded, 2, "new") };
        let ended = samples::ended(&samples::arn("shop", &format!("e{number}")), number, status);
        let summary = Summary { version: Some(version), alias: Some(alias.to_owned()), ..ended };
        store.ended(&summary, samples::retention()).await.unwrap();
    });
    join_all(executions).await;
}

#[test]
fn a_list_by_any_filter_reads_no_more_among_more_executions() {
    let filters = [
        (None, None),
        (None, Some(SummaryStatus::Failed)),
        (Some(Through::Version(1)), None),
        (Some(Through::Version(1)), Some(SummaryStatus::Failed)),
        (Some(Through::Version(1)), Some(SummaryStatus::Succeeded)),
        (Some(Through::Alias("old".to_owned())), None),
        (Some(Through::Alias("old".to_owned())), Some(SummaryStatus::Failed)),
    ];
    let steps = |count| {
        let folder = folder();
        let store = open(&folder);
        block_on(start_and_end(&store, count));
        filters.clone().map(|(through, status)| {
            let query = ListQuery {
                state_machine: "shop".to_owned(),
                through,
                status,
                since: samples::at(0),
                limit: 10,
                after: None,
            };
            block_on(store.read(move |connection| {
                let (statement, values) = executions::list_statement(&query);
                let mut statement = connection.prepare(&statement)?;
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                while rows.next()?.is_some() {}
                drop(rows);
                assert_eq!(statement.get_status(StatementStatus::Sort), 0);
                Ok(statement.get_status(StatementStatus::VmStep))
            }))
            .unwrap()
        })
    };
    assert_eq!(steps(100), steps(1_000));
}

/// The sweep asks every minute: what waits for its time must cost nothing.
#[test]
fn what_is_due_reads_no_more_among_more_open_executions() {
    let steps = |open_executions: i64| {
        let folder = folder();
        let store = open(&folder);
        let started = (0..open_executions).map(|number| {
            let running = samples::running(&samples::arn("shop", &format!("e{number}")), number);
            let check_at = Some(samples::at(if number < 5 { number } else { 1_000 + number }));
            let store = &store;
            async move { store.started(&Summary { check_at, ..running }).await.unwrap() }
        });
        block_on(join_all(started));
        assert_eq!(block_on(Executions::due(&store, samples::at(10), 100)).unwrap().len(), 5);
        block_on(store.read(|connection| {
            let mut statement = connection.prepare(executions::DUE)?;
            let mut rows = statement.query(rusqlite::params![samples::at(10).as_millis(), 100])?;
            while rows.next()?.is_some() {}
            drop(rows);
            let [scans, sorts] =
                [StatementStatus::FullscanStep, StatementStatus::Sort].map(|status| statement.get_status(status));
            assert_eq!((scans, sorts), (0, 0));
            Ok(statement.get_status(StatementStatus::VmStep))
        }))
        .unwrap()
    };
    assert_eq!(steps(20), steps(2_000));
}

#[test]
fn a_folder_can_be_looked_into_while_a_server_runs_on_it() {
    let folder = folder();
    let looked = |folder: &Path| {
        let error = SqliteStore::look_into(folder).map(|_| ()).unwrap_err().to_string();
        error.replace(&folder.display().to_string(), "DIR")
    };
    assert_eq!(looked(folder.path()), "there is no store of stepwell in `DIR`");
    assert!(!SqliteStore::is_in_use(folder.path()));
    let store = open(&folder);
    assert!(SqliteStore::is_in_use(folder.path()));
    let arn = samples::arn("shop", "one");
    block_on(store.append(&samples::record(&arn, 0))).unwrap();
    let inside = SqliteStore::look_into(folder.path()).unwrap();
    block_on(store.append(&samples::record(&arn, 1))).unwrap();
    assert_eq!(block_on(inside.newest(&arn)).unwrap().unwrap().seq(), 1, "what was written meanwhile");
    block_on(inside.append(&samples::record(&arn, 2))).unwrap_err();
    block_on(store.append(&samples::record(&arn, 2))).unwrap();
    drop((store, inside));
    assert!(!SqliteStore::is_in_use(folder.path()));
    let inside = SqliteStore::look_into(folder.path()).unwrap();
    assert_eq!(block_on(inside.newest(&arn)).unwrap().unwrap().seq(), 2);
    open(&folder);
    drop(inside);
    let version = |version: i64| {
        let connection = Connection::open(folder.path().join(FILE)).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
    };
    version(schema::VERSION - 1);
    assert!(looked(folder.path()).contains("was written by an older stepwell"));
    version(schema::VERSION + 1);
    assert!(looked(folder.path()).contains("was written by a newer stepwell"));
}
