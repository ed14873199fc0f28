//! Signature Version 4 of one request:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>. Written out,
//! since AWS's crate for it brings the foundations of the whole SDK along.

use hmac::{Hmac, Mac as _};
use http::HeaderMap;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

impl Credentials {
    /// Those of `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`; `test` and `test` if they are not
    /// set, which emulators take.
    pub fn from_environment() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
            (Some(access_key_id), Some(secret_access_key)) => {
                Self { access_key_id, secret_access_key, session_token: variable("AWS_SESSION_TOKEN") }
            }
            _ => Self { access_key_id: "test".into(), secret_access_key: "test".into(), session_token: None },
        }
    }
}

/// Without the secrets.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// A POST to be signed with all its headers.
pub struct Request<'a> {
    /// As sent: percent-encoded.
    pub path: &'a str,
    /// As sent: at most one parameter.
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// The headers to add.
pub fn sign(
    request: &Request<'_>,
    credentials: &Credentials,
    region: &str,
    now: OffsetDateTime,
) -> Vec<(&'static str, String)> {
    let instant = now.format(&format_description!("[year][month][day]T[hour][minute][second]Z")).unwrap_or_default();
    let day = instant.get(..8).unwrap_or_default().to_owned();
    let mut added = vec![("x-amz-date", instant.clone())];
    added.extend(credentials.session_token.clone().map(|token| ("x-amz-security-token", token)));

    let (canonical, signed_headers) = canonical_request(request, &added);
    let scope = format!("{day}/{region}/lambda/aws4_request");
    let to_sign = format!("{ALGORITHM}\n{instant}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let first_key = format!("AWS4{}", credentials.secret_access_key).into_bytes();
    let key = [day.as_str(), region, "lambda", "aws4_request"]
        .iter()
        .fold(first_key, |key, part| keyed_hash(&key, part.as_bytes()));
    let signature = hex(&keyed_hash(&key, to_sign.as_bytes()));
    let credential = format!("{}/{scope}", credentials.access_key_id);
    added.push((
        "authorization",
        format!("{ALGORITHM} Credential={credential}, SignedHeaders={signed_headers}, Signature={signature}"),
    ));
    added
}

fn canonical_request(request: &Request<'_>, added: &[(&'static str, String)]) -> (String, String) {
    let given = request.headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())));
    let added = added.iter().map(|(name, value)| (*name, value.as_str().into()));
    let mut headers: Vec<(&str, std::borrow::Cow<'_, str>)> = given.chain(added).collect();
    headers.sort();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let signed_headers = names.join(";");
    let mut canonical = format!("POST\n{}\n{}\n", encoded_again(request.path), request.query);
    for (name, value) in &headers {
        canonical.push_str(&format!("{name}:{}\n", value.trim()));
    }
    canonical.push_str(&format!("\n{signed_headers}\n{}", hex(&Sha256::digest(request.body))));
    (canonical, signed_headers)
}

/// All services but S3 want the encoded path encoded once more.
fn encoded_again(path: &str) -> String {
    path.split('/').map(super::encode).collect::<Vec<_>>().join("/")
}

fn keyed_hash(key: &[u8], message: &[u8]) -> Vec<u8> {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// The signatures are botocore's, for the same requests at the same time.
    #[test]
    fn requests_are_signed_as_the_aws_sdks_sign_them() {
        let arn_path =
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Ashop/invocations";
        let name_path = "/2015-03-31/functions/shop/invocations";
        let latest = "Qualifier=%24LATEST";
        let token = Some("TOKEN/+=");
        for (path, query, token, signature) in [
            (arn_path, latest, None, "696e43d41b7648aa0e40cda5175dd870472f465daa4e03f2c5a4a49a808b4d8f"),
            (name_path, "", None, "689ee5cd95000929bc1c10e70219552215da3b99633cdfb9ec2d0fd05266d501"),
            (arn_path, latest, token, "3531c399a48d717ead1bfadd339772ad54220ab17ca78bb7d595eb67651dad9d"),
            (name_path, "", token, "02d05b71da368acde487d5cc727735fca0f0ade580877150a73b1c53e8d78a1b"),
        ] {
            let headers: HeaderMap = [
                ("x-amz-invocation-type", "RequestResponse"),
                ("host", "127.0.0.1:4566"),
                ("content-type", "application/json"),
            ]
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .into_iter()
            .collect();
            let credentials = Credentials {
                access_key_id: "AKIDEXAMPLE".into(),
                secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
                session_token: token.map(str::to_owned),
            };
            let now = OffsetDateTime::from_unix_timestamp(1_795_390_696).unwrap();
            let request = Request { path, query, headers: &headers, body: br#"{"a":1}"# };
            let added = sign(&request, &credentials, "eu-west-1", now);
            assert_eq!(added[0], ("x-amz-date", "20261122T233816Z".into()));
            let (name, authorization) = added.last().unwrap();
            assert_eq!(*name, "authorization");
            assert!(authorization.ends_with(&format!(", Signature={signature}")), "{path}: {authorization}");
        }
    }

    #[test]
    fn credentials_do_not_show_their_secrets() {
        let credentials = Credentials {
            access_key_id: "AKID".into(),
            secret_access_key: "hidden".into(),
            session_token: Some("hidden".into()),
        };
        assert!(!format!("{credentials:?}").contains("hidden"));
    }
}
