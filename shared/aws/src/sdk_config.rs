//! The SDK's configuration, from the environment that Lambda gives a function:
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
//!
//! Not by the SDK's own loader, which knows profiles, instance metadata, containers and web identities: none of that is
//! there in a function, and its code would be a quarter of one. Endpoints can be set as for any SDK: `AWS_ENDPOINT_URL`,
//! `AWS_ENDPOINT_URL_DYNAMODB` and so on, `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_types::SdkConfig;
use aws_types::sdk_config::Builder;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

pub fn from_environment() -> Builder {
    from_lookup(variable)
}

/// Without credentials or a region, calls fail and say so.
fn from_lookup(lookup: fn(&str) -> Option<String>) -> Builder {
    let flag = |name| lookup(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(lookup("AWS_REGION").or_else(|| lookup("AWS_DEFAULT_REGION")).map(Region::new))
        .time_source(SystemTimeSource::new())
        .use_fips(flag("AWS_USE_FIPS_ENDPOINT"))
        .use_dual_stack(flag("AWS_USE_DUALSTACK_ENDPOINT"))
        .service_config(ServiceVariables(lookup));
    config.set_sleep_impl(default_async_sleep());
    config.set_endpoint_url(lookup("AWS_ENDPOINT_URL"));
    config.set_credentials_provider(credentials(lookup).map(SharedCredentialsProvider::new));
    config
}

/// Those of the function's role. They last as long as the process may.
fn credentials(lookup: fn(&str) -> Option<String>) -> Option<Credentials> {
    let (id, secret) = (lookup("AWS_ACCESS_KEY_ID")?, lookup("AWS_SECRET_ACCESS_KEY")?);
    Some(Credentials::new(id, secret, lookup("AWS_SESSION_TOKEN"), None, "environment"))
}

/// An empty variable counts as missing.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Settings of one service: `AWS_ENDPOINT_URL_SQS`.
#[derive(Debug)]
struct ServiceVariables(fn(&str) -> Option<String>);

impl LoadServiceConfig for ServiceVariables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        self.0(&format!("{}_{service}", key.env()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lambda(name: &str) -> Option<String> {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" => "id",
            "AWS_SECRET_ACCESS_KEY" => "secret",
            "AWS_SESSION_TOKEN" => "token",
            "AWS_ENDPOINT_URL" => "http://all",
            "AWS_ENDPOINT_URL_DYNAMODB" => "http://dynamodb",
            "AWS_USE_FIPS_ENDPOINT" => "true",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn endpoint(config: &SdkConfig, service_id: &str) -> Option<String> {
        let key = ServiceConfigKey::builder().service_id(service_id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        config.service_config()?.load_config(key.build().unwrap())
    }

    #[test]
    fn lambdas_variables_are_read() {
        let config = from_lookup(lambda).build();
        assert_eq!(config.region().unwrap().as_ref(), "eu-central-1");
        assert_eq!(config.endpoint_url(), Some("http://all"));
        assert_eq!((config.use_fips(), config.use_dual_stack()), (Some(true), Some(false)));
        let credentials = credentials(lambda).unwrap();
        assert_eq!((credentials.access_key_id(), credentials.secret_access_key()), ("id", "secret"));
        assert_eq!(credentials.session_token(), Some("token"));
    }

    #[test]
    fn a_service_may_have_an_endpoint_of_its_own() {
        let config = from_lookup(lambda).build();
        assert_eq!(endpoint(&config, "DynamoDB").as_deref(), Some("http://dynamodb"));
        assert_eq!(endpoint(&config, "SQS"), None);
    }

    #[test]
    fn an_empty_environment_is_no_error_yet() {
        let config = from_lookup(|_| None).build();
        assert!(config.region().is_none() && config.credentials_provider().is_none());
    }
}
