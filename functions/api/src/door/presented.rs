//! What a request says of its signature: in the `Authorization` header, or in its query.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html>

use std::borrow::Cow;

use api_model::ApiError;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Most characters of anything in it. An SDK's are far below.
const MAX_CHARACTERS: usize = 2_048;

#[derive(Debug)]
pub(crate) struct Presented {
    pub(crate) key_id: String,
    /// Of the scope: `20261125`.
    pub(crate) day: String,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) terminator: String,
    /// `20261125T224714Z`
    pub(crate) date: String,
    /// Lower case, in the order given.
    pub(crate) signed_headers: Vec<String>,
    pub(crate) signature: String,
    pub(crate) form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Header,
    Query { expires_seconds: u64 },
}

/// That there are credentials, not that they are right.
pub(super) fn any(parts: &Parts) -> Result<(), ApiError> {
    let Some(authorization) = parts.headers.get(AUTHORIZATION) else {
        return if of_query(parts, "X-Amz-Credential").is_some() {
            Ok(())
        } else {
            Err(ApiError::MissingAuthenticationToken)
        };
    };
    let text = authorization.to_str().unwrap_or_default();
    if text.starts_with("AWS4-") && text.contains("Credential=") {
        return Ok(());
    }
    Err(ApiError::IncompleteSignature {
        message: format!("Authorization header requires 'Credential' parameter. Authorization={text}"),
    })
}

impl Presented {
    pub(super) fn read(parts: &Parts) -> Result<Self, ApiError> {
        // There are no sessions, and so no keys that would need one.
        if parts.headers.contains_key("x-amz-security-token")
            || query(parts).any(|(name, _)| name == "X-Amz-Security-Token")
        {
            return Err(ApiError::UnrecognizedClient);
        }
        let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
        let in_query = parts.uri.query().is_some_and(|query| query.contains("X-Amz-"));
        match (headers.next(), headers.next()) {
            (None, _) if in_query => Self::from_query(parts),
            (None, _) => Err(ApiError::MissingAuthenticationToken),
            (Some(_), Some(_)) => Err(incomplete("There is more than one Authorization header.")),
            (Some(_), None) if in_query => Err(incomplete(
                "Only one signature is allowed: the request has one in its Authorization header and one in its query.",
            )),
            (Some(header), None) => {
                let text = header.to_str().map_err(|_| incomplete("The Authorization header is not ASCII."))?;
                Self::from_header(parts, text)
            }
        }
    }

    fn from_header(parts: &Parts, header: &str) -> Result<Self, ApiError> {
        let (algorithm, parameters) = header.trim().split_once(' ').unwrap_or((header, ""));
        if algorithm.starts_with("AWS4-") && algorithm != ALGORITHM {
            return Err(incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'. Authorization={header}")));
        }
        let known = if algorithm == ALGORITHM { Parameters::read(parameters, header)? } else { Parameters::default() };
        let date = single_header(parts, "x-amz-date");
        match (known.credential, known.signature, known.signed_headers, date) {
            (Some(credential), Some(signature), Some(signed_headers), Some(date)) => {
                Self::of(credential, signature, signed_headers, date, Form::Header)
            }
            (credential, signature, signed_headers, date) => {
                let missing: String = [
                    (credential.is_none(), "'Credential' parameter"),
                    (signature.is_none(), "'Signature' parameter"),
                    (signed_headers.is_none(), "'SignedHeaders' parameter"),
                    (date.is_none(), "existence of either a 'X-Amz-Date' or a 'Date' header"),
                ]
                .iter()
                .filter(|(missing, _)| *missing)
                .map(|(_, what)| format!("Authorization header requires {what}. "))
                .collect();
                Err(incomplete(format!("{missing}Authorization={header}")))
            }
        }
    }

    fn from_query(parts: &Parts) -> Result<Self, ApiError> {
        let names = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];
        let [algorithm, credential, signature, signed_headers, date] = names.map(|name| of_query(parts, name));
        match (algorithm, credential, signature, signed_headers, date) {
            (Some(algorithm), ..) if algorithm != ALGORITHM => {
                Err(incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'.")))
            }
            (Some(_), Some(credential), Some(signature), Some(signed_headers), Some(date)) => {
                let expires_seconds = match of_query(parts, "X-Amz-Expires") {
                    Some(text) => text.parse().map_err(|_| incomplete("X-Amz-Expires must be a number of seconds."))?,
                    None => return Err(incomplete("AWS query-string parameters must include 'X-Amz-Expires'.")),
                };
                Self::of(&credential, &signature, &signed_headers, &date, Form::Query { expires_seconds })
            }
            (algorithm, credential, signature, signed_headers, date) => {
                let given = [algorithm, credential, signature, signed_headers, date];
                let missing = names.iter().zip(given).filter(|(_, value)| value.is_none());
                let missing: String =
                    missing.map(|(name, _)| format!("AWS query-string parameters must include '{name}'. ")).collect();
                Err(incomplete(format!("{missing}Re-examine the query-string parameters.")))
            }
        }
    }

    fn of(credential: &str, signature: &str, signed_headers: &str, date: &str, form: Form) -> Result<Self, ApiError> {
        if [credential, signature, signed_headers, date].iter().any(|text| text.len() > MAX_CHARACTERS) {
            return Err(incomplete("The signature's parameters are too long."));
        }
        let parts: Vec<&str> = credential.split('/').collect();
        let [key_id, day, region, service, terminator] = parts[..] else {
            return Err(incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                 '{credential}'"
            )));
        };
        Ok(Self {
            key_id: key_id.to_owned(),
            day: day.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            terminator: terminator.to_owned(),
            date: date.to_owned(),
            signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
            signature: signature.to_owned(),
            form,
        })
    }
}

/// `Credential=…, SignedHeaders=…, Signature=…`
#[derive(Default)]
struct Parameters<'a> {
    credential: Option<&'a str>,
    signed_headers: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn read(text: &'a str, header: &str) -> Result<Self, ApiError> {
        let mut known = Self::default();
        for parameter in text.split(',').map(str::trim).filter(|parameter| !parameter.is_empty()) {
            let Some((name, value)) = parameter.split_once('=') else {
                return Err(incomplete(format!(
                    "'{parameter}' not a valid key=value pair (missing equal-sign) in Authorization header: '{header}'."
                )));
            };
            let place = match name {
                "Credential" => &mut known.credential,
                "SignedHeaders" => &mut known.signed_headers,
                "Signature" => &mut known.signature,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(incomplete(format!("'{name}' is given twice in Authorization header: '{header}'.")));
            }
        }
        Ok(known)
    }
}

/// The header's value, if it is there once.
fn single_header<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    let mut values = parts.headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// The parameter's value, if it is there once.
fn of_query<'p>(parts: &'p Parts, name: &str) -> Option<Cow<'p, str>> {
    let mut values = query(parts).filter(|(known, _)| known == name);
    let (_, value) = values.next()?;
    if values.next().is_some() { None } else { Some(value) }
}

/// Names and values, decoded.
pub(super) fn query(parts: &Parts) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
}

pub(super) fn incomplete(message: impl Into<String>) -> ApiError {
    ApiError::IncompleteSignature { message: message.into() }
}
