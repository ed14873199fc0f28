//! Runs of the timekeeper among many open executions and armed timers, over real stores.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use aws::executions::DynamoDbExecutions;
use aws::journal::DynamoDbJournal;
use aws::testing::DynamoDb;
use aws::timers::DynamoDbTimers;
use benches::table::Table;
use engine::execution::ExecutionArn;
use engine::input::Timer;
use engine::run::Token;
use futures::StreamExt;
use ports::contract::samples;
use ports::executions::Summary;
use ports::queue::Message;
use ports::timers::ArmedTimer;
use ports::{Ports, Queue, StoreError};
use stepwell::store::SqliteStore;
use tests::{Installation, ManualClock, START};
use timekeeper::Timekeeper;

const HOUR: u64 = 3_600;

/// Written at the same time.
const AT_ONCE: usize = 500;

pub struct Stores {
    name: &'static str,
    dynamodb: Option<DynamoDb>,
    clock: Arc<ManualClock>,
    sent: Arc<Sent>,
    ports: Ports,
}

pub struct Row {
    what: String,
    seconds: f64,
    /// Of DynamoDB.
    units: Option<(f64, f64)>,
    sends: usize,
}

impl Stores {
    pub fn sqlite(folder: &Path) -> Self {
        let store = Arc::new(SqliteStore::open(folder).unwrap());
        Self::new("SQLite", None, |ports| Ports {
            journal: store.clone(),
            executions: store.clone(),
            timers: store.clone(),
            ..ports
        })
    }

    pub fn dynamodb(dynamodb: DynamoDb) -> Self {
        let table = |name| dynamodb.table(name);
        Self::new("DynamoDB", Some(dynamodb.clone()), |ports| Ports {
            journal: Arc::new(DynamoDbJournal { table: table("journal"), retention_days: 90 }),
            executions: Arc::new(DynamoDbExecutions { table: table("executions") }),
            timers: Arc::new(DynamoDbTimers { table: table("timers") }),
            ..ports
        })
    }

    fn new(name: &'static str, dynamodb: Option<DynamoDb>, with: impl Fn(Ports) -> Ports) -> Self {
        let installation = Installation::default();
        let sent = Arc::new(Sent::default());
        let ports = with(Ports { queue: sent.clone(), ..installation.ports.clone() });
        Self { name, dynamodb, clock: installation.clock, sent, ports }
    }

    /// Of so many open executions none is due to be looked at, and then so many.
    pub async fn sweeps(&self, open: usize, due: usize) -> Vec<Row> {
        let tomorrow = self.clock.now().plus_seconds(24 * HOUR);
        let summary =
            |name: String| Summary { check_at: Some(tomorrow), ..samples::running(&samples::arn("open", &name), 0) };
        self.write(0..open, async |number| self.ports.executions.started(&summary(number.to_string())).await).await;
        let none = self.measured(format!("sweep, {open} open, none due"), || self.sweep()).await;
        self.write(0..due, async |number| {
            let arn = samples::arn("open", &format!("due{number}"));
            self.ports.journal.append(&samples::record(&arn, 0)).await?;
            self.ports.executions.started(&Summary { check_at: Some(START), ..samples::running(&arn, 0) }).await
        })
        .await;
        let some = self.measured(format!("sweep, {open} open, {due} due"), || self.sweep()).await;
        vec![none, some]
    }

    /// Of so many timers of one minute none is due, and then all; and so many of one minute beside none.
    pub async fn timers(&self, many: usize, few: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for count in [few, many] {
            let minute = self.clock.now().plus_seconds(HOUR);
            let armed = |number: usize| ArmedTimer {
                due: minute.plus_millis((number % 60_000) as i64),
                execution: ExecutionArn::new(samples::arn("waiting", &number.to_string()).as_str()),
                seq: 1,
                timer: Timer::Place(Token { branch: 0, place: 1 }),
            };
            self.write(0..count, async |number| self.ports.timers.arm(&armed(number)).await).await;
            rows.push(self.measured(format!("timers, {count} armed, none due"), || self.keep_time()).await);
            self.clock.move_to(minute);
            rows.push(self.measured(format!("timers, {count} due in one minute"), || self.keep_time()).await);
        }
        rows
    }

    async fn sweep(&self) {
        let now = self.clock.now();
        self.timekeeper().sweep(now, now.plus_seconds(1)).await.unwrap();
    }

    async fn keep_time(&self) {
        let until = self.clock.now().plus_seconds(1);
        self.timekeeper().send_timers(until).await.unwrap();
    }

    fn timekeeper(&self) -> Timekeeper {
        Timekeeper { ports: self.ports.clone() }
    }

    async fn write<F: Future<Output = Result<(), StoreError>>>(
        &self,
        numbers: std::ops::Range<usize>,
        write: impl Fn(usize) -> F,
    ) {
        futures::stream::iter(numbers)
            .map(write)
            .buffer_unordered(AT_ONCE)
            .for_each(|done| async { done.unwrap() })
            .await;
    }

    async fn measured<F: Future<Output = ()>>(&self, what: String, work: impl Fn() -> F) -> Row {
        self.dynamodb.as_ref().map(DynamoDb::calls);
        self.sent.0.store(0, Ordering::Relaxed);
        let began = Instant::now();
        work().await;
        let seconds = began.elapsed().as_secs_f64();
        let units = self.dynamodb.as_ref().map(|dynamodb| {
            let calls = dynamodb.calls();
            let (reads, writes): (Vec<_>, Vec<_>) =
                calls.iter().partition(|call| matches!(call.operation.as_str(), "GetItem" | "Query" | "Scan"));
            let sum = |calls: &[&aws::testing::Call]| calls.iter().map(|call| call.units).sum();
            (sum(&reads), sum(&writes))
        });
        Row { what: format!("{}: {what}", self.name), seconds, units, sends: self.sent.0.load(Ordering::Relaxed) }
    }
}

/// Messages, counted.
#[derive(Default)]
struct Sent(AtomicUsize);

#[async_trait]
impl Queue for Sent {
    async fn send(&self, messages: Vec<Message>) -> Result<(), StoreError> {
        self.0.fetch_add(messages.len(), Ordering::Relaxed);
        Ok(())
    }
}

pub fn print(rows: &[Row]) {
    let mut table = Table::new("The timekeeper among many", &["", "seconds", "read units", "write units", "messages"]);
    for row in rows {
        let units =
            |unit: fn((f64, f64)) -> f64| row.units.map_or(String::new(), |units| format!("{:.0}", unit(units)));
        table.row(&[
            row.what.clone(),
            format!("{:.3}", row.seconds),
            units(|(reads, _)| reads),
            units(|(_, writes)| writes),
            row.sends.to_string(),
        ]);
    }
    table.print();
}
