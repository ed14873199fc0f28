use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use ports::store_error::StoreError;
use ports::timers::{ArmedTimer, Timers};
use rusqlite::{Connection, params};

use super::failure::Failure;
use super::{SqliteStore, limit};

const ARM: &str = "INSERT INTO timers (due, execution, timer, seq) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

const DISARM: &str = "DELETE FROM timers WHERE due = ?1 AND execution = ?2 AND timer = ?3 AND seq = ?4";

const DUE: &str = "SELECT due, execution, timer, seq FROM timers WHERE due < ?1 ORDER BY due LIMIT ?2";

#[async_trait]
impl Timers for SqliteStore {
    async fn arm(&self, timer: &ArmedTimer) -> Result<(), StoreError> {
        let timer = timer.clone();
        self.write(move |connection| execute(connection, ARM, &timer)).await
    }

    async fn due(&self, horizon: Timestamp, limit: usize) -> Result<Vec<ArmedTimer>, StoreError> {
        self.read(move |connection| due(connection, horizon, limit)).await
    }

    async fn disarm(&self, timer: &ArmedTimer) -> Result<(), StoreError> {
        let timer = timer.clone();
        self.write(move |connection| execute(connection, DISARM, &timer)).await
    }
}

fn execute(connection: &Connection, statement: &str, timer: &ArmedTimer) -> Result<(), Failure> {
    let seq = i64::try_from(timer.seq)
        .map_err(|_| Failure::Refused(format!("sequence number {} of {}", timer.seq, timer.execution)))?;
    let key = params![timer.due.as_millis(), timer.execution.as_str(), wire::timer::encode(timer.timer), seq];
    connection.prepare_cached(statement)?.execute(key)?;
    Ok(())
}

fn due(connection: &Connection, horizon: Timestamp, count: usize) -> Result<Vec<ArmedTimer>, Failure> {
    let mut statement = connection.prepare_cached(DUE)?;
    let found = statement.query_map(params![horizon.as_millis(), limit(count)], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?))
    })?;
    let mut timers = Vec::new();
    for columns in found {
        let (due, execution, timer, seq) = columns?;
        let unreadable = |what: String| Failure::Unreadable(format!("timer of {execution}: {what}"));
        timers.push(ArmedTimer {
            due: Timestamp::from_millis(due),
            seq: u64::try_from(seq).map_err(|error| unreadable(error.to_string()))?,
            timer: wire::timer::decode(&timer).map_err(|error| unreadable(error.to_string()))?,
            execution: ExecutionArn::new(execution.as_str()),
        });
    }
    Ok(timers)
}
