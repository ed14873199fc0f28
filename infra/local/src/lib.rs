//! The `stepwell` binary: every function in one process, over embedded stores and queues.
//!
//! 1. [`installation`] puts the handlers of the Lambda functions together with a [`store`], [`queues`] and [`targets`].
//! 2. [`commands`] are what the command line offers: `stepwell dev` serves the API of an installation, `stepwell run`
//!    runs one state machine in it to its end, `stepwell validate` says what is wrong with [`definition`] files.

pub mod activity_queues;
pub mod commands;
pub mod definition;
pub mod execution_log;
pub mod installation;
pub mod mock_config;
pub mod queues;
pub mod secret;
pub mod server;
pub mod store;
pub mod targets;
pub mod watched;
