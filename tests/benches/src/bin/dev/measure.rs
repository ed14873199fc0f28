//! The measurements, each over HTTP.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use benches::api::Client;
use benches::machines;
use serde_json::{Value, json};

use crate::server::Server;

#[derive(Clone, Copy, Debug)]
pub struct Throughput {
    count: u64,
    wall: Duration,
    /// Of the server.
    cpu: Duration,
}

impl Throughput {
    pub fn per_second(&self) -> f64 {
        self.count as f64 / self.wall.as_secs_f64()
    }

    pub fn cpu_micros_each(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.count as f64
    }
}

pub fn best(rounds: usize, measure: impl Fn() -> Throughput) -> Throughput {
    let rounds = (0..rounds).map(|_| measure());
    rounds.max_by(|a, b| a.per_second().total_cmp(&b.per_second())).unwrap()
}

fn timed<T>(server: &Server, count: u64, work: impl FnOnce() -> T) -> (Throughput, T) {
    let (begun, cpu) = (Instant::now(), server.cpu_time());
    let result = work();
    (Throughput { count, wall: begun.elapsed(), cpu: server.cpu_time() - cpu }, result)
}

/// Until all executions have succeeded.
pub fn chains(server: &Server, length: usize, concurrency: usize, executions: usize) -> Throughput {
    let machine = create(server, "chain", &machines::chain(length));
    let each = executions / concurrency;
    let transitions = (each * concurrency * length) as u64;
    let run = || {
        side_by_side(server, concurrency, |client, number| {
            let input = machines::order(number).to_string();
            let started: Vec<String> = (0..each).map(|_| client.start_execution(&machine, &input)).collect();
            started.iter().rev().for_each(|execution| wait_for(client, execution, Duration::from_millis(2)));
        });
    };
    timed(server, transitions, run).0
}

/// One execution for each of `concurrency`, which share the transitions.
pub fn loops(server: &Server, concurrency: usize, transitions: u64) -> Throughput {
    let rounds = transitions / 2 / concurrency as u64;
    let machine = create(server, "loop", &machines::counter(rounds));
    let run = || {
        side_by_side(server, concurrency, |client, _| {
            let execution = client.start_execution(&machine, r#"{"count":{"n":0}}"#);
            wait_for(client, &execution, Duration::from_millis(20));
        });
    };
    timed(server, rounds * 2 * concurrency as u64, run).0
}

/// One execution of a Map over so many numbers.
pub fn map(server: &Server, items: u64) -> Throughput {
    let machine = create(server, "map", &machines::map());
    let input = json!({"items": (0..items).collect::<Vec<_>>()}).to_string();
    let run = || {
        let mut client = server.client();
        let execution = client.start_execution(&machine, &input);
        wait_for(&mut client, &execution, Duration::from_millis(1));
    };
    timed(server, items, run).0
}

/// Runs to its end. Two transitions, and four events, a round.
pub fn long_execution(server: &Server, rounds: u64) -> String {
    let machine = create(server, "long", &machines::counter(rounds));
    let mut client = server.client();
    let execution = client.start_execution(&machine, r#"{"count":{"n":0}}"#);
    wait_for(&mut client, &execution, Duration::from_millis(20));
    execution
}

/// Until all have ended.
pub fn start_all(server: &Server, state_machine: &str, concurrency: usize, executions: usize) {
    side_by_side(server, concurrency, |client, number| {
        let share = (executions + number as usize) / concurrency;
        let started: Vec<_> = (0..share).map(|_| client.start_execution(state_machine, "{}")).collect();
        for execution in started {
            wait_for(client, &execution, Duration::from_millis(20));
        }
    });
}

pub fn starts(server: &Server, concurrency: usize, requests: usize) -> (Throughput, Vec<Duration>) {
    let machine = create(server, "pass", &machines::chain(1));
    let each = requests / concurrency;
    let run = || {
        side_by_side(server, concurrency, |client, number| {
            let input = machines::order(number).to_string();
            let latency = |_| {
                let begun = Instant::now();
                client.start_execution(&machine, &input);
                begun.elapsed()
            };
            (0..each).map(latency).collect::<Vec<_>>()
        })
    };
    let (throughput, latencies) = timed(server, (each * concurrency) as u64, run);
    (throughput, latencies.concat())
}

pub fn latencies(server: &Server, length: usize, executions: usize) -> Vec<Duration> {
    let machine = create(server, "latency", &machines::chain(length));
    let mut client = server.client();
    let input = machines::order(1).to_string();
    let latency = |_| {
        let begun = Instant::now();
        let execution = client.start_execution(&machine, &input);
        while client.is_running(&execution) {}
        begun.elapsed()
    };
    (0..executions).map(latency).collect()
}

/// Opens executions that wait, and returns when all do.
pub fn open(server: &Server, executions: usize) {
    let machine = create(server, "wait", &machines::wait(86_400));
    let mut client = server.client();
    for number in 0..executions {
        client.start_execution(&machine, &machines::order(number as u64).to_string());
    }
    thread::sleep(Duration::from_millis(500));
}

/// Under a name that was not used before.
fn create(server: &Server, name: &str, definition: &Value) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    server.client().create_state_machine(&format!("{name}-{number}"), definition)
}

fn wait_for(client: &mut Client, execution: &str, pause: Duration) {
    while client.is_running(execution) {
        thread::sleep(pause);
    }
}

/// `work` on a thread and a connection each; it is told its number.
fn side_by_side<T: Send>(server: &Server, count: usize, work: impl Fn(&mut Client, u64) -> T + Sync) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..count as u64).map(|number| scope.spawn(move || work(&mut server.client(), number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
