//! The ports over AWS: DynamoDB tables, SQS queues, Lambda functions.
//!
//! 1. [`connect`] reads the environment and gives a [`Connection`], from which a function's `main` takes its ports.
//! 2. [`journal`] (with [`payloads`]), [`executions`], [`catalog`], [`timers`] and [`access_keys`] each own a table; the layout of its items is at the top of
//!    the file. `table` and `item` are what they share.
//! 3. [`queue`] sends, [`undeliverable`] keeps what could not be handled, [`task_target`] calls functions, [`dispatcher_target`] has them called by the dispatcher.
//! 4. [`installation_secret`] asks Secrets Manager, once.
//! 5. `sdk_error` says what an error of the SDK means: try again, or not. Errors keep their types up to there.

pub mod access_keys;
pub mod activities;
pub mod activity_queues;
pub mod catalog;
pub mod connection;
pub mod dispatcher_target;
pub mod environment;
pub mod execution_log;
pub mod executions;
mod hash;
pub mod installation_secret;
mod item;
pub mod journal;
pub mod logging;
pub mod payloads;
pub mod queue;
mod sdk_config;
mod sdk_error;
mod shards;
pub mod table;
pub mod task_target;
#[cfg(feature = "testing")]
pub mod testing;
pub mod timers;
pub mod undeliverable;

pub use connection::{Connection, connect};
pub use environment::{Environment, EnvironmentError, TaskCredentials};
