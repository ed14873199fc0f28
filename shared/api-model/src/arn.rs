//! ARNs of the service: state machines with their version, alias and label, executions, map runs and activities.
//!
//! | resource | form, after `arn:PARTITION:states:REGION:ACCOUNT:` |
//! |---|---|
//! | state machine | `stateMachine:NAME` |
//! | version, alias | `stateMachine:NAME:7`, `stateMachine:NAME:PROD` |
//! | a Distributed Map state | `stateMachine:NAME/LABEL` |
//! | execution, with a test case of Step Functions Local | `execution:NAME:EXECUTION`, `stateMachine:NAME#CASE` |
//! | child execution of a map run | `execution:NAME/LABEL:EXECUTION` |
//! | Express execution | `express:NAME:EXECUTION:UUID` |
//! | map run | `mapRun:NAME/LABEL:UUID` |
//! | activity | `activity:NAME` |
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-cloudwatch-iam.html> and the API reference of each
//! operation. Parsing checks the form, not that region and account are this installation's.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{ActivityName, ApiError, ExecutionName, StateMachineName};

/// Partition, region and account: the part that all ARNs of an installation share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// e.g. `eu-central-1`
    pub region: String,
    /// Twelve digits.
    pub account: String,
}

impl Place {
    /// A place; nothing is checked.
    pub fn new(partition: impl Into<String>, region: impl Into<String>, account: impl Into<String>) -> Self {
        Self { partition: partition.into(), region: region.into(), account: account.into() }
    }

    /// The ARN of a state machine here, unqualified.
    pub fn state_machine(&self, name: &StateMachineName) -> StateMachineArn {
        StateMachineArn { place: self.clone(), name: name.to_string(), label: None, qualifier: None, test_case: None }
    }

    /// The ARN of an activity here.
    pub fn activity(&self, name: &ActivityName) -> ActivityArn {
        ActivityArn { place: self.clone(), name: name.to_string() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, region, account } = self;
        write!(f, "arn:{partition}:states:{region}:{account}")
    }
}

/// What follows the name of a state machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Qualifier {
    /// A published version, counted from 1.
    Version(u64),
    /// An alias.
    Alias(String),
}

impl Qualifier {
    /// A version if it is a number as AWS writes one, else an alias: an alias's name is never all digits, so that what is
    /// no version names nothing.
    fn parse(text: &str) -> Self {
        match text.parse::<u64>() {
            Ok(number) if number.to_string() == text => Self::Version(number),
            _ => Self::Alias(text.to_owned()),
        }
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(number) => write!(f, "{number}"),
            Self::Alias(name) => f.write_str(name),
        }
    }
}

/// A state machine, one of its versions or aliases, or a Distributed Map state in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateMachineArn {
    /// Where it is.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// The label of a Distributed Map state.
    pub label: Option<String>,
    /// The version or alias.
    pub qualifier: Option<Qualifier>,
    /// The test case of Step Functions Local's mock configuration.
    pub test_case: Option<String>,
}

impl StateMachineArn {
    /// The state machine itself: no label, version, alias or test case.
    pub fn unqualified(&self) -> Self {
        Self { label: None, qualifier: None, test_case: None, ..self.clone() }
    }

    /// A version of the state machine.
    pub fn version(&self, number: u64) -> Self {
        Self { qualifier: Some(Qualifier::Version(number)), ..self.unqualified() }
    }

    /// An alias of the state machine.
    pub fn alias(&self, name: &str) -> Self {
        Self { qualifier: Some(Qualifier::Alias(name.to_owned())), ..self.unqualified() }
    }

    /// An execution of the state machine.
    pub fn execution(&self, name: &ExecutionName) -> ExecutionArn {
        ExecutionArn {
            place: self.place.clone(),
            state_machine: self.name.clone(),
            label: self.label.clone(),
            name: name.to_string(),
        }
    }

    /// An Express execution of the state machine; `run` is a UUID made for this run.
    pub fn express_execution(&self, name: &ExecutionName, run: &str) -> ExpressExecutionArn {
        ExpressExecutionArn {
            place: self.place.clone(),
            state_machine: self.name.clone(),
            name: name.to_string(),
            run: run.to_owned(),
        }
    }
}

impl fmt::Display for StateMachineArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:stateMachine:{}", self.place, self.name)?;
        write_part(f, '/', self.label.as_ref())?;
        write_part(f, ':', self.qualifier.as_ref())?;
        write_part(f, '#', self.test_case.as_ref())
    }
}

/// A Standard execution, or a child execution of a map run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExecutionArn {
    /// Where it is.
    pub place: Place,
    /// The name of its state machine.
    pub state_machine: String,
    /// The label of the Distributed Map state whose child it is.
    pub label: Option<String>,
    /// Its name.
    pub name: String,
}

impl ExecutionArn {
    /// Its state machine, unqualified.
    pub fn state_machine_arn(&self) -> StateMachineArn {
        StateMachineArn {
            place: self.place.clone(),
            name: self.state_machine.clone(),
            label: self.label.clone(),
            qualifier: None,
            test_case: None,
        }
    }
}

impl fmt::Display for ExecutionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:execution:{}", self.place, self.state_machine)?;
        write_part(f, '/', self.label.as_ref())?;
        write!(f, ":{}", self.name)
    }
}

/// An Express execution. The operations on executions do not take one, so it is only written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpressExecutionArn {
    /// Where it is.
    pub place: Place,
    /// The name of its state machine.
    pub state_machine: String,
    /// Its name.
    pub name: String,
    /// The UUID of this run.
    pub run: String,
}

impl fmt::Display for ExpressExecutionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:express:{}:{}:{}", self.place, self.state_machine, self.name, self.run)
    }
}

/// A run of a Distributed Map state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MapRunArn {
    /// Where it is.
    pub place: Place,
    /// The name of the state machine.
    pub state_machine: String,
    /// The label of the state.
    pub label: String,
    /// The UUID of this run.
    pub run: String,
}

impl fmt::Display for MapRunArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:mapRun:{}/{}:{}", self.place, self.state_machine, self.label, self.run)
    }
}

/// An activity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActivityArn {
    /// Where it is.
    pub place: Place,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ActivityArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:activity:{}", self.place, self.name)
    }
}

/// A resource that can carry tags.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaggableArn {
    /// A state machine.
    StateMachine(StateMachineArn),
    /// An activity.
    Activity(ActivityArn),
}

impl fmt::Display for TaggableArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StateMachine(arn) => arn.fmt(f),
            Self::Activity(arn) => arn.fmt(f),
        }
    }
}

/// Writes an optional part after its separator.
fn write_part(f: &mut fmt::Formatter<'_>, separator: char, part: Option<&impl fmt::Display>) -> fmt::Result {
    part.map_or(Ok(()), |part| write!(f, "{separator}{part}"))
}

/// An ARN that a request may carry.
pub trait ParseArn: Sized {
    /// Parses an ARN of this kind.
    ///
    /// # Errors
    /// [`ApiError::InvalidArn`]: not an ARN, not of the service, or of another kind of resource.
    fn parse(text: &str) -> Result<Self, ApiError>;
}

/// An ARN taken apart: its place, resource type, and the rest.
struct Parts<'a> {
    place: Place,
    kind: &'a str,
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn parse(text: &'a str) -> Result<Self, ApiError> {
        let Some(rest) = text.strip_prefix("arn:") else {
            return Err(ApiError::invalid_arn(format!("Invalid ARN prefix: {text}")));
        };
        let mut parts = rest.splitn(5, ':');
        let mut next = || parts.next().filter(|part| !part.is_empty()).ok_or_else(|| ApiError::malformed_arn(text));
        let (partition, service, region, account, resource) = (next()?, next()?, next()?, next()?, next()?);
        if service != "states" {
            return Err(ApiError::invalid_arn(format!("Invalid ARN service: {service}")));
        }
        let (kind, rest) = resource.split_once(':').ok_or_else(|| ApiError::malformed_arn(text))?;
        Ok(Self { place: Place::new(partition, region, account), kind, rest })
    }

    /// The rest, if the resource is of this type.
    fn of(self, text: &str, kind: &str) -> Result<(Place, &'a str), ApiError> {
        if self.kind != kind {
            return Err(ApiError::invalid_arn(format!("Resource type not valid in this context: {}", self.kind)));
        }
        if self.rest.is_empty() { Err(ApiError::malformed_arn(text)) } else { Ok((self.place, self.rest)) }
    }
}

/// Splits at the separator; the second part, if there is one, is not empty.
fn optional_part(text: &str, separator: char) -> Option<(&str, Option<&str>)> {
    match text.split_once(separator) {
        None => Some((text, None)),
        Some((_, "")) => None,
        Some((first, second)) => Some((first, Some(second))),
    }
}

/// A name in an ARN: what a name may be, or the ARN is malformed.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(crate::name::is_allowed)
}

impl ParseArn for StateMachineArn {
    fn parse(text: &str) -> Result<Self, ApiError> {
        let (place, rest) = Parts::parse(text)?.of(text, "stateMachine")?;
        let parse = || {
            // Step Functions Local takes an empty one for none.
            let (rest, test_case) = rest.split_once('#').map_or((rest, None), |(rest, name)| (rest, Some(name)));
            let (rest, qualifier) = optional_part(rest, ':')?;
            let (name, label) = optional_part(rest, '/')?;
            let parts = [Some(name), label, qualifier];
            if !parts.into_iter().flatten().all(is_name) {
                return None;
            }
            Some((name, label, qualifier.map(Qualifier::parse), test_case))
        };
        let (name, label, qualifier, test_case) = parse().ok_or_else(|| ApiError::malformed_arn(text))?;
        Ok(Self {
            place,
            name: name.to_owned(),
            label: label.map(str::to_owned),
            qualifier,
            test_case: test_case.map(str::to_owned),
        })
    }
}

impl ParseArn for ExecutionArn {
    fn parse(text: &str) -> Result<Self, ApiError> {
        let (place, rest) = Parts::parse(text)?.of(text, "execution")?;
        let parse = || {
            let (machine, name) = rest.split_once(':')?;
            let (machine, label) = optional_part(machine, '/')?;
            (is_name(machine) && label.is_none_or(is_name) && is_name(name)).then_some((machine, label, name))
        };
        let (machine, label, name) = parse().ok_or_else(|| ApiError::malformed_arn(text))?;
        Ok(Self { place, state_machine: machine.to_owned(), label: label.map(str::to_owned), name: name.to_owned() })
    }
}

impl ParseArn for MapRunArn {
    fn parse(text: &str) -> Result<Self, ApiError> {
        let (place, rest) = Parts::parse(text)?.of(text, "mapRun")?;
        let parse = || {
            let (state, run) = rest.split_once(':')?;
            let (machine, label) = state.split_once('/')?;
            [machine, label, run].into_iter().all(is_name).then_some((machine, label, run))
        };
        let (machine, label, run) = parse().ok_or_else(|| ApiError::malformed_arn(text))?;
        Ok(Self { place, state_machine: machine.to_owned(), label: label.to_owned(), run: run.to_owned() })
    }
}

impl ParseArn for ActivityArn {
    fn parse(text: &str) -> Result<Self, ApiError> {
        let (place, name) = Parts::parse(text)?.of(text, "activity")?;
        if !is_name(name) {
            return Err(ApiError::malformed_arn(text));
        }
        Ok(Self { place, name: name.to_owned() })
    }
}

impl ParseArn for TaggableArn {
    fn parse(text: &str) -> Result<Self, ApiError> {
        match Parts::parse(text)?.kind {
            "activity" => ActivityArn::parse(text).map(Self::Activity),
            _ => StateMachineArn::parse(text).map(Self::StateMachine),
        }
    }
}

macro_rules! serialize_as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl std::str::FromStr for $name {
            type Err = ApiError;
            fn from_str(text: &str) -> Result<Self, ApiError> {
                <Self as ParseArn>::parse(text)
            }
        }
    )*};
}

serialize_as_text!(StateMachineArn, ExecutionArn, MapRunArn, ActivityArn, TaggableArn);

impl Serialize for ExpressExecutionArn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests;
