//! The installation's secret in Secrets Manager, which `template.yaml` has generate it.
//!
//! Not in a table or an environment variable: those can be read by whoever may look at the account's resources, and this
//! only by who may ask for it, which is on record. Not a key of KMS, which costs more and would be asked each time. It is
//! asked for when it is needed first, so that a function that needs none starts no later.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_types::SdkConfig;
use ports::installation_secret::Secret;
use ports::{InstallationSecret, StoreError};
use tokio::sync::OnceCell;

use crate::environment::Variable;
use crate::sdk_error::store_error;

#[derive(Debug)]
pub struct SecretsManagerSecret {
    client: Client,
    arn: Variable,
    known: OnceCell<Arc<Secret>>,
}

impl SecretsManagerSecret {
    pub fn new(config: &SdkConfig, arn: Variable) -> Self {
        Self { client: Client::new(config), arn, known: OnceCell::new() }
    }

    async fn ask(&self) -> Result<Arc<Secret>, StoreError> {
        let arn = self.arn.get()?;
        let answer = self.client.get_secret_value().secret_id(arn).send().await;
        let answer = answer.map_err(|error| store_error("GetSecretValue", error))?;
        match answer.secret_string() {
            Some(text) if text.len() >= MIN_CHARACTERS => Ok(Arc::new(Secret::new(text.as_bytes()))),
            _ => Err(StoreError::Unreadable(format!("secret `{arn}` is not a text of {MIN_CHARACTERS} characters"))),
        }
    }
}

/// As random letters and digits these hold 256 bits.
const MIN_CHARACTERS: usize = 43;

#[async_trait]
impl InstallationSecret for SecretsManagerSecret {
    async fn get(&self) -> Result<Arc<Secret>, StoreError> {
        self.known.get_or_try_init(|| self.ask()).await.cloned()
    }
}
