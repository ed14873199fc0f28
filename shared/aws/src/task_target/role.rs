//! Credentials of the roles that tasks take on, kept until shortly before they expire.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use aws_types::SdkConfig;
use ports::task_target::InvokeError;

use crate::sdk_error::with_sources;

#[derive(Debug)]
pub struct Roles {
    client: Client,
    roles: Mutex<HashMap<String, Arc<Role>>>,
}

/// The lock is held while the role is taken on, so that a batch of tasks asks once.
type Role = tokio::sync::Mutex<Option<Credentials>>;

/// Credentials are renewed when this or less is left: a call must not outlive them on its way.
const LEFT: Duration = Duration::from_secs(300);

/// Shown in CloudTrail as the session of the role.
const SESSION_NAME: &str = "stepwell";

impl Roles {
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config), roles: Mutex::default() }
    }

    pub async fn credentials(&self, role_arn: &str) -> Result<Credentials, InvokeError> {
        let role = self.role(role_arn);
        let mut kept = role.lock().await;
        if let Some(credentials) = kept.as_ref().filter(|credentials| is_fresh(credentials, SystemTime::now())) {
            return Ok(credentials.clone());
        }
        let credentials = self.assume(role_arn).await?;
        *kept = Some(credentials.clone());
        Ok(credentials)
    }

    fn role(&self, role_arn: &str) -> Arc<Role> {
        let mut roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        roles.entry(role_arn.to_owned()).or_default().clone()
    }

    async fn assume(&self, role_arn: &str) -> Result<Credentials, InvokeError> {
        let failed = |why: &str| InvokeError::Credentials(format!("role `{role_arn}` could not be assumed: {why}"));
        let answer = self.client.assume_role().role_arn(role_arn).role_session_name(SESSION_NAME).send().await;
        let answer = answer.map_err(|error| failed(&with_sources(&error)))?;
        let assumed = answer.credentials.ok_or_else(|| failed("the answer has no credentials"))?;
        let expiry = SystemTime::try_from(assumed.expiration).map_err(|error| failed(&error.to_string()))?;
        let token = Some(assumed.session_token);
        Ok(Credentials::new(assumed.access_key_id, assumed.secret_access_key, token, Some(expiry), "assumed role"))
    }
}

fn is_fresh(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| now + LEFT < expiry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_renewed_before_they_expire() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let expiring =
            |seconds| Credentials::new("id", "secret", None, Some(now + Duration::from_secs(seconds)), "test");
        assert!(is_fresh(&expiring(301), now));
        assert!(!is_fresh(&expiring(300), now));
        assert!(is_fresh(&Credentials::new("id", "secret", None, None, "test"), now));
    }
}
