//! An installation in one process: the handlers of all functions over one store, the local queues and the targets.

use std::sync::Arc;
use std::time::Duration;

use api::Api;
use api_model::Place;
use dispatcher::Dispatcher;
use express::Express;
use futures::FutureExt;
use interpreter::{Chunks, Interpreter};
use ports::clock::{RandomIds, SystemClock};
use ports::execution_log::ExecutionLog;
use ports::installation_secret::KnownSecret;
use ports::{
    AccessKeys, Activities, Catalog, Clock, Executions, Ids, InstallationSecret, Journal, Payloads, Ports, Settings,
    StoreError, TaskTarget, Timers,
};
use timekeeper::Timekeeper;

use crate::activity_queues::LocalActivityQueues;
use crate::queues::{Handlers, LocalQueues};

/// There is no limit on how long a task may run here, but for the task's own: as long as an execution may.
pub const LONGEST_TASK_SECONDS: u64 = engine::limits::MAX_EXECUTION_SECONDS;

/// How often timers and open executions are looked at.
const TIMEKEEPER_INTERVAL: Duration = Duration::from_secs(60);

/// What is kept, and where.
pub struct Store {
    pub journal: Arc<dyn Journal>,
    pub payloads: Arc<dyn Payloads>,
    pub executions: Arc<dyn Executions>,
    pub catalog: Arc<dyn Catalog>,
    pub activities: Arc<dyn Activities>,
    pub timers: Arc<dyn Timers>,
    pub secret: Arc<dyn InstallationSecret>,
    pub access_keys: Arc<dyn AccessKeys>,
}

impl Store {
    /// All of it in one place, but for the secret and the keys.
    pub fn of<S, K>(store: Arc<S>, secret: KnownSecret, access_keys: K) -> Self
    where
        S: Journal + Payloads + Executions + Catalog + Activities + Timers + 'static,
        K: AccessKeys + 'static,
    {
        Self {
            journal: store.clone(),
            payloads: store.clone(),
            executions: store.clone(),
            catalog: store.clone(),
            activities: store.clone(),
            timers: store,
            secret: Arc::new(secret),
            access_keys: Arc::new(access_keys),
        }
    }
}

pub struct Installation {
    pub api: Api,
    timekeeper: Timekeeper,
    /// The queues hold them weakly: with this, deliveries end.
    _handlers: Arc<Handlers>,
}

impl Installation {
    pub fn new(
        store: Store,
        target: Arc<dyn TaskTarget>,
        log: Arc<dyn ExecutionLog>,
        place: Place,
        settings: Settings,
    ) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn Ids> = Arc::new(RandomIds);
        let queues = Arc::new(LocalQueues::new(clock.clone()));
        let ports = Ports {
            journal: store.journal,
            payloads: store.payloads,
            executions: store.executions,
            catalog: store.catalog,
            activities: store.activities,
            queue: queues.clone(),
            activity_queues: Arc::new(LocalActivityQueues::default()),
            timers: store.timers,
            clock,
            ids,
            sleep: Arc::new(|duration| tokio::time::sleep(duration).boxed()),
            secret: store.secret,
            access_keys: store.access_keys,
            settings,
        };
        let express = Express::new(&ports, target.clone(), log);
        let api = Api::new(ports.clone(), place, express.clone());
        let handlers = Arc::new(Handlers {
            ports: ports.clone(),
            interpreter: Interpreter {
                ports: ports.clone(),
                machines: api.machines.clone(),
                chunks: Chunks::default(),
            },
            dispatcher: Dispatcher {
                target,
                worker: ports.ids.uuid().into(),
                claims: dispatcher::Claims::default(),
                alone: true,
                ports: ports.clone(),
            },
            express,
        });
        queues.connect(&handlers);
        Self { api, timekeeper: Timekeeper { ports }, _handlers: handlers }
    }

    /// Goes on with the executions that an earlier process left open, and says how many there are.
    pub async fn resume(&self) -> Result<usize, StoreError> {
        self.timekeeper.resume().await
    }

    /// Looks after timers and open executions, without end.
    pub async fn keep_time(&self) {
        let clock = self.timekeeper.ports.clock.clone();
        loop {
            let until = clock.now().plus_seconds(TIMEKEEPER_INTERVAL.as_secs());
            if let Err(error) = self.timekeeper.run(until).await {
                tracing::error!(%error, "timers and open executions could not be looked after");
            }
            tokio::time::sleep(TIMEKEEPER_INTERVAL).await;
        }
    }
}
