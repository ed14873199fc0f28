//! Whether a signature is right, and of now: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>.
//!
//! AWS's own crate signs the request anew, with the headers that it says are signed, and the results are compared.

use std::iter;
use std::time::{Duration, SystemTime};

use api_model::{ApiError, Place};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SignatureLocation, SigningError, SigningParams,
    SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use axum::body::Bytes;
use axum::http::request::Parts;
use engine::timestamp::Timestamp;
use subtle::ConstantTimeEq;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::presented::{Form, Presented, incomplete, query};

/// The paths that its caller may have signed, where that is not the request's own: API Gateway keeps the stage apart. A
/// path means nothing here, so that it does not matter which of them it was.
#[derive(Clone, Debug)]
pub struct SignedPaths(pub Vec<String>);

/// What Step Functions is called in scopes.
const SERVICE: &str = "states";
const TERMINATOR: &str = "aws4_request";

/// How far a caller's clock may be off, and how long a signature is good.
const SKEW_MINUTES: i64 = 5;
const SKEW_MILLIS: i64 = SKEW_MINUTES * 60_000;

/// A request that was signed in its query is good for as long as it says, up to this: it starts things, and whoever finds
/// it in a log could.
const MAX_EXPIRES_SECONDS: u64 = 15 * 60;

const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// Whether the signature is for this service, and of now: all that can be said without the key.
pub(super) fn check_terms(presented: &Presented, parts: &Parts, place: &Place, now: Timestamp) -> Result<(), ApiError> {
    let signed_at = timestamp(&presented.date)?;
    check_time(presented, signed_at, now)?;
    check_scope(presented, place)?;
    let is_signed = |name: &str| presented.signed_headers.iter().any(|signed| signed == name);
    if !is_signed("host") {
        return Err(invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."));
    }
    if parts.headers.contains_key("x-amz-target") && !is_signed("x-amz-target") {
        return Err(invalid("'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."));
    }
    Ok(())
}

fn check_time(presented: &Presented, signed_at: Timestamp, now: Timestamp) -> Result<(), ApiError> {
    let latest = now.plus_millis(SKEW_MILLIS);
    if signed_at > latest {
        return Err(invalid(format!(
            "Signature not yet current: {} is still later than {} ({} + {SKEW_MINUTES} min.)",
            presented.date,
            shown(latest),
            shown(now)
        )));
    }
    match presented.form {
        Form::Header => {
            let earliest = now.plus_millis(-SKEW_MILLIS);
            if signed_at >= earliest {
                return Ok(());
            }
            Err(invalid(format!(
                "Signature expired: {} is now earlier than {} ({} - {SKEW_MINUTES} min.)",
                presented.date,
                shown(earliest),
                shown(now)
            )))
        }
        Form::Query { expires_seconds } => {
            let expires = signed_at.plus_seconds(expires_seconds.min(MAX_EXPIRES_SECONDS));
            if now < expires {
                return Ok(());
            }
            Err(invalid(format!("Signature expired: {} is now later than {}", shown(now), shown(expires))))
        }
    }
}

fn check_scope(presented: &Presented, place: &Place) -> Result<(), ApiError> {
    let Presented { day, region, service, terminator, date, .. } = presented;
    let expected_day = date.get(..8).unwrap_or_default();
    let wrong: Vec<String> = [
        (*region != place.region, format!("Credential should be scoped to a valid region, not '{region}'. ")),
        (*service != SERVICE, format!("Credential should be scoped to correct service: '{SERVICE}'. ")),
        (
            terminator != TERMINATOR,
            format!("Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'. "),
        ),
        (
            day != expected_day,
            format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{day}' != \
                 '{expected_day}', from '{date}'. "
            ),
        ),
    ]
    .into_iter()
    .filter_map(|(is_wrong, text)| is_wrong.then_some(text))
    .collect();
    if wrong.is_empty() { Ok(()) } else { Err(invalid(wrong.concat())) }
}

/// Whether the signature is that of the request under the secret. The terms have been checked.
pub(super) fn verify(
    presented: &Presented,
    secret: &str,
    place: &Place,
    parts: &Parts,
    body: &Bytes,
) -> Result<(), ApiError> {
    check_payload_hash(parts)?;
    let headers = signed_headers(presented, parts, body.len()).ok_or(MISMATCH)?;
    for target in targets(presented, parts) {
        let expected = sign_anew(presented, secret, place, parts, &target, &headers, body).map_err(|error| {
            tracing::debug!(%error, "the request cannot be signed");
            MISMATCH
        })?;
        let same = |expected: String| bool::from(expected.as_bytes().ct_eq(presented.signature.as_bytes()));
        if expected.is_some_and(same) {
            return Ok(());
        }
    }
    Err(MISMATCH)
}

const MISMATCH: ApiError = ApiError::InvalidSignature { message: None };

/// The header `x-amz-content-sha256` may say that the body is not signed, or that it is in signed pieces. Neither is for
/// services other than S3.
fn check_payload_hash(parts: &Parts) -> Result<(), ApiError> {
    let Some(said) = parts.headers.get("x-amz-content-sha256") else { return Ok(()) };
    let is_hash = said.len() == 64 && said.as_bytes().iter().all(u8::is_ascii_hexdigit);
    if is_hash {
        return Ok(());
    }
    Err(invalid(format!(
        "The body must be signed as a whole: '{}' is not supported as 'X-Amz-Content-SHA256'.",
        String::from_utf8_lossy(said.as_bytes())
    )))
}

/// The signed headers with their values, but for the date, which the signer adds itself. `None` if one is not there.
fn signed_headers(presented: &Presented, parts: &Parts, body_length: usize) -> Option<Vec<(String, String)>> {
    let mut headers = Vec::new();
    for name in &presented.signed_headers {
        if name == "x-amz-date" && presented.form == Form::Header {
            continue;
        }
        let values = parts.headers.get_all(name);
        let mut values: Vec<String> =
            values.iter().map(|value| value.to_str().map(str::to_owned).ok()).collect::<Option<_>>()?;
        // A gateway may leave it out on the way to a function; it can only have been this.
        if values.is_empty() && name == "content-length" {
            values.push(body_length.to_string());
        }
        if values.is_empty() {
            return None;
        }
        headers.extend(iter::repeat(name.clone()).zip(values));
    }
    Some(headers)
}

/// The signature of the request, if what is signed is what the caller says is signed.
fn sign_anew(
    presented: &Presented,
    secret: &str,
    place: &Place,
    parts: &Parts,
    target: &str,
    headers: &[(String, String)],
    body: &Bytes,
) -> Result<Option<String>, SigningError> {
    let identity = Credentials::new(&presented.key_id, secret, None, None, "access key").into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    settings.excluded_headers = None;
    if let Form::Query { expires_seconds } = presented.form {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(expires_seconds));
    }
    let Some(time) = system_time(&presented.date) else { return Ok(None) };
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&place.region)
        .name(SERVICE)
        .time(time)
        .settings(settings)
        .build();
    let Ok(params) = params.map(SigningParams::from) else { return Ok(None) };
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let request = SignableRequest::new(parts.method.as_str(), target, headers, SignableBody::Bytes(body))?;
    let (instructions, signature) = sign(request, &params)?.into_parts();
    let said = presented.signed_headers.join(";");
    let says_so = match presented.form {
        Form::Header => instructions
            .headers()
            .any(|(name, value)| name == "authorization" && value.contains(&format!("SignedHeaders={said}, "))),
        Form::Query { .. } => {
            instructions.params().iter().any(|(name, value)| *name == "X-Amz-SignedHeaders" && *value == said)
        }
    };
    Ok(says_so.then_some(signature))
}

/// What may have been signed as path and query: the signature itself, and what is said of it, is not in it.
fn targets(presented: &Presented, parts: &Parts) -> Vec<String> {
    let own = SignedPaths(vec![parts.uri.path().to_owned()]);
    let SignedPaths(paths) = parts.extensions.get::<SignedPaths>().unwrap_or(&own);
    let mut signed = form_urlencoded::Serializer::new(String::new());
    match presented.form {
        Form::Header => signed.extend_pairs(query(parts)),
        Form::Query { .. } => {
            signed.extend_pairs(query(parts).filter(|(name, _)| !OF_THE_SIGNATURE.contains(&&**name)))
        }
    };
    let query = signed.finish();
    let target = |path: &String| if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
    paths.iter().map(target).collect()
}

const OF_THE_SIGNATURE: [&str; 6] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"];

fn timestamp(date: &str) -> Result<Timestamp, ApiError> {
    let parsed = parse(date).ok_or_else(|| {
        incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ))
    })?;
    Ok(Timestamp::from_millis(parsed.unix_timestamp().saturating_mul(1000)))
}

fn system_time(date: &str) -> Option<SystemTime> {
    parse(date).map(SystemTime::from)
}

/// Exactly as AWS writes it, for the text itself is what was signed.
fn parse(date: &str) -> Option<OffsetDateTime> {
    let parsed = PrimitiveDateTime::parse(date, DATE).ok()?.assume_utc();
    (date.len() == "20261125T224714Z".len() && parsed.year() >= 1970).then_some(parsed)
}

fn shown(time: Timestamp) -> String {
    let time = OffsetDateTime::from_unix_timestamp(time.as_millis().div_euclid(1000)).ok();
    time.and_then(|time| time.format(DATE).ok()).unwrap_or_default()
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::InvalidSignature { message: Some(message.into()) }
}
