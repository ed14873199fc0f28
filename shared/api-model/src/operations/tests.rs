use serde_json::{Value, json};

use super::*;
use crate::{
    ApiError, CloudWatchEventsExecutionDataDetails, ExecutionStatus, Limits, LoggingConfiguration, Place, Request,
    StateMachineName, StateMachineStatus, StateMachineType, Timestamp, TracingConfiguration,
};

const MACHINE: &str = "arn:aws:states:eu-central-1:123456789012:stateMachine:x";
const EXECUTION: &str = "arn:aws:states:eu-central-1:123456789012:execution:x:e";

fn parse<R: Request>(body: Value) -> Result<R, ApiError> {
    R::parse(body.to_string().as_bytes(), &Limits::default())
}

fn text(error: ApiError) -> (&'static str, String) {
    (error.code(), error.message().unwrap_or_default().into_owned())
}

#[test]
fn what_is_not_asked_for_has_its_default() {
    let create: CreateStateMachineRequest =
        parse(json!({"name": "x", "definition": "{}", "roleArn": "arn:aws:iam::123456789012:role/r"})).unwrap();
    assert_eq!(create.state_machine_type, StateMachineType::Standard);
    assert_eq!(create.logging_configuration, LoggingConfiguration::default());
    assert!(!create.publish && !create.tracing_configuration.enabled && create.tags.is_empty());
    assert_eq!(create.check().unwrap().as_str(), "x");

    let history: GetExecutionHistoryRequest = parse(json!({"executionArn": EXECUTION})).unwrap();
    assert!(history.include_execution_data && !history.reverse_order);
    assert_eq!(history.page, Page { max_results: 100, next_token: None });

    let list: ListStateMachinesRequest = parse(json!({"maxResults": 0})).unwrap();
    assert_eq!(list.page.max_results, 100);
}

#[test]
fn a_new_state_machine_is_checked_as_aws_checks_it() {
    let role = "arn:aws:iam::123456789012:role/r";
    let group = json!({"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:r:1:log-group:g:*"}});
    for (members, code, expected) in [
        (json!({"name": "a b"}), "InvalidName", "Invalid Name: 'a b'"),
        (json!({"roleArn": "role"}), "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: role'"),
        (
            json!({"versionDescription": "d"}),
            "ValidationException",
            "Version description can only be set when publish is true",
        ),
        (
            json!({"loggingConfiguration": {"level": "ALL"}}),
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        ),
        (
            json!({"loggingConfiguration": {"level": "ALL", "destinations": [group, group]}}),
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        ),
    ] {
        let mut body = json!({"name": "x", "definition": "{}", "roleArn": role});
        for (member, value) in members.as_object().unwrap() {
            body[member] = value.clone();
        }
        let request: CreateStateMachineRequest = parse(body).unwrap();
        let error = request.check().unwrap_err();
        assert_eq!(text(error), (code, expected.to_owned()));
    }
    let missing = parse::<CreateStateMachineRequest>(json!({})).unwrap_err();
    assert!(text(missing).1.starts_with("3 validation errors detected: Value null at 'name'"));
    let large = json!({"name": "x", "roleArn": role, "definition": "x".repeat(1_048_577)});
    let expected = "1 validation error detected: Value at 'definition' failed to satisfy constraint: Member must have \
                    length less than or equal to 1048576";
    assert_eq!(text(parse::<CreateStateMachineRequest>(large).unwrap_err()).1, expected);
}

#[test]
fn an_update_changes_something() {
    let request: UpdateStateMachineRequest = parse(json!({"stateMachineArn": MACHINE})).unwrap();
    assert_eq!(request.check(), Err(ApiError::MissingRequiredParameter));
    let request: UpdateStateMachineRequest =
        parse(json!({"stateMachineArn": MACHINE, "tracingConfiguration": {"enabled": true}})).unwrap();
    assert_eq!(request.check(), Ok(()));
}

#[test]
fn executions_of_one_state_machine_or_one_map_run_are_listed() {
    let map_run = "arn:aws:states:eu-central-1:123456789012:mapRun:x/l:u";
    for (body, fine) in [
        (json!({"stateMachineArn": MACHINE}), true),
        (json!({"mapRunArn": map_run}), true),
        (json!({}), false),
        (json!({"stateMachineArn": MACHINE, "statusFilter": "PENDING_REDRIVE"}), false),
        (json!({"stateMachineArn": MACHINE, "redriveFilter": "REDRIVEN"}), false),
        (json!({"mapRunArn": map_run, "redriveFilter": "REDRIVEN"}), true),
        (json!({"stateMachineArn": MACHINE, "mapRunArn": map_run}), false),
    ] {
        let request: ListExecutionsRequest = parse(body.clone()).unwrap();
        assert_eq!(request.executions_of().is_ok(), fine, "{body}");
    }
}

#[test]
fn names_and_inputs_of_executions_are_checked_when_asked() {
    let request: StartExecutionRequest =
        parse(json!({"stateMachineArn": MACHINE, "name": "a b", "input": "{"})).unwrap();
    assert_eq!(request.execution_name().unwrap_err().code(), "InvalidName");
    assert_eq!(request.checked_input().unwrap_err().code(), "InvalidExecutionInput");
}

#[test]
fn tags_are_read_for_machines_and_activities() {
    let request: TagResourceRequest =
        parse(json!({"resourceArn": MACHINE, "tags": [{"key": "k", "value": "v"}, {"key": "e"}]})).unwrap();
    assert_eq!(request.tags.len(), 2);
    let request: UntagResourceRequest = parse(json!({"resourceArn": MACHINE, "tagKeys": ["k"]})).unwrap();
    assert_eq!(request.tag_keys, ["k"]);
    let error = parse::<UntagResourceRequest>(json!({"resourceArn": MACHINE})).unwrap_err();
    assert!(text(error).1.contains("Value null at 'tagKeys'"));
}

#[test]
fn responses_have_the_members_of_the_contract_and_leave_out_what_is_absent() {
    let machine =
        Place::new("aws", "eu-central-1", "123456789012").state_machine(&StateMachineName::parse("x").unwrap());
    let now = Timestamp::from_millis(1_700_000_000_123);
    let described = DescribeStateMachineResponse {
        state_machine_arn: machine.clone(),
        name: "x".into(),
        status: StateMachineStatus::Active,
        definition: "{}".into(),
        role_arn: "r".into(),
        state_machine_type: StateMachineType::Standard,
        creation_date: now,
        logging_configuration: LoggingConfiguration::default(),
        tracing_configuration: TracingConfiguration::default(),
        label: None,
        revision_id: None,
        description: None,
        encryption_configuration: None,
        variable_references: None,
    };
    assert_eq!(
        serde_json::to_value(described).unwrap(),
        json!({
            "stateMachineArn": MACHINE, "name": "x", "status": "ACTIVE", "definition": "{}", "roleArn": "r",
            "type": "STANDARD", "creationDate": 1_700_000_000.123,
            "loggingConfiguration": {"level": "OFF", "includeExecutionData": false},
            "tracingConfiguration": {"enabled": false}
        })
    );
    let execution: DescribeExecutionResponse = DescribeExecutionResponse {
        execution_arn: EXECUTION.parse().unwrap(),
        state_machine_arn: machine,
        name: "e".into(),
        status: ExecutionStatus::Running,
        start_date: now,
        stop_date: None,
        input: Some("{}".into()),
        input_details: Some(CloudWatchEventsExecutionDataDetails { included: true }),
        output: None,
        output_details: None,
        trace_header: None,
        map_run_arn: None,
        error: None,
        cause: None,
        state_machine_version_arn: None,
        state_machine_alias_arn: None,
        redrive_count: Some(0),
        redrive_date: None,
        redrive_status: None,
        redrive_status_reason: None,
    };
    assert_eq!(
        serde_json::to_value(execution).unwrap(),
        json!({
            "executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "e", "status": "RUNNING",
            "startDate": 1_700_000_000.123, "input": "{}", "inputDetails": {"included": true}, "redriveCount": 0
        })
    );
    assert_eq!(serde_json::to_string(&EmptyResponse {}).unwrap(), "{}");
}

type Parse = fn(&[u8]) -> Result<(), ApiError>;

/// Every operation with a body that it takes.
fn bodies() -> Vec<(Parse, Value)> {
    fn taken<R: Request>(body: &[u8]) -> Result<(), ApiError> {
        R::parse(body, &Limits::default()).map(drop)
    }
    let group = json!({"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:r:1:log-group:g:*"}});
    let create = json!({
        "name": "x", "type": "STANDARD", "tags": [{"key": "k", "value": "v"}], "definition": "{}", "roleArn": "arn:aws:iam::123456789012:role/r",
        "loggingConfiguration": {"level": "ALL", "includeExecutionData": true, "destinations": [group]},
        "tracingConfiguration": {"enabled": true}, "publish": true, "versionDescription": "d",
        "encryptionConfiguration":
            {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k", "kmsDataKeyReusePeriodSeconds": 300}
    });
    let mut update = create.clone();
    for member in ["name", "type", "tags"] {
        update.as_object_mut().unwrap().remove(member);
    }
    update["stateMachineArn"] = json!(MACHINE);
    let execution = json!({"executionArn": EXECUTION, "includedData": "ALL_DATA"});
    vec![
        (taken::<CreateStateMachineRequest>, create),
        (taken::<UpdateStateMachineRequest>, update),
        (taken::<DescribeStateMachineRequest>, json!({"stateMachineArn": MACHINE, "includedData": "ALL_DATA"})),
        (taken::<ListStateMachinesRequest>, json!({"maxResults": 1, "nextToken": "t"})),
        (taken::<DeleteStateMachineRequest>, json!({"stateMachineArn": MACHINE})),
        (
            taken::<StartExecutionRequest>,
            json!({"stateMachineArn": MACHINE, "name": "n", "input": "{}", "traceHeader": "t"}),
        ),
        (taken::<DescribeExecutionRequest>, execution.clone()),
        (taken::<DescribeStateMachineForExecutionRequest>, execution),
        (
            taken::<ListExecutionsRequest>,
            json!({
                "stateMachineArn": MACHINE, "statusFilter": "RUNNING", "maxResults": 1, "nextToken": "t",
                "mapRunArn": "arn:aws:states:r:1:mapRun:x/l:u", "redriveFilter": "REDRIVEN"
            }),
        ),
        (taken::<StopExecutionRequest>, json!({"executionArn": EXECUTION, "error": "e", "cause": "c"})),
        (
            taken::<GetExecutionHistoryRequest>,
            json!({
                "executionArn": EXECUTION, "maxResults": 1, "reverseOrder": true, "nextToken": "t",
                "includeExecutionData": false
            }),
        ),
        (
            taken::<ValidateStateMachineDefinitionRequest>,
            json!({"definition": "{}", "type": "EXPRESS", "severity": "WARNING", "maxResults": 1}),
        ),
        (taken::<ListTagsForResourceRequest>, json!({"resourceArn": MACHINE})),
        (taken::<TagResourceRequest>, json!({"resourceArn": MACHINE, "tags": [{"key": "k"}]})),
        (taken::<UntagResourceRequest>, json!({"resourceArn": MACHINE, "tagKeys": ["k"]})),
    ]
}

/// The pointers to all values in a body.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut inner = |name: &str, value: &Value| {
        let pointer = format!("{at}/{name}");
        pointers(value, &pointer, found);
        found.push(pointer);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| inner(name, value)),
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, value)| inner(&index.to_string(), value));
        }
        _ => {}
    }
}

#[test]
fn each_member_of_each_operation_takes_one_json_type_and_refuses_all_others() {
    let others = [json!(true), json!(7), json!(1.5), json!("s"), json!([]), json!({}), json!([1]), json!({"a": 1})];
    for (parse, body) in bodies() {
        assert_eq!(parse(body.to_string().as_bytes()), Ok(()), "{body}");
        let mut places = Vec::new();
        pointers(&body, "", &mut places);
        for place in places {
            let right = body.pointer(&place).unwrap();
            let of_another_type = |other: &&Value| std::mem::discriminant(*other) != std::mem::discriminant(right);
            for other in others.iter().filter(of_another_type) {
                let mut wrong = body.clone();
                *wrong.pointer_mut(&place).unwrap() = other.clone();
                let code = parse(wrong.to_string().as_bytes()).map_err(|error| error.code());
                assert_eq!(code, Err("SerializationException"), "{place}: {wrong}");
            }
        }
    }
}

#[test]
fn a_body_without_a_member_is_taken_or_told_which_member_must_not_be_null() {
    for (parse, body) in bodies() {
        for member in body.as_object().unwrap().keys() {
            let mut without = body.clone();
            without[member] = Value::Null;
            if let Err(error) = parse(without.to_string().as_bytes()) {
                let expected = format!(
                    "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not \
                     be null"
                );
                assert_eq!(text(error), ("ValidationException", expected));
            }
        }
    }
}

#[test]
fn the_routes_of_an_alias_are_distinct_versions_of_one_machine_that_share_100_percent() {
    let version = |number: &str| format!("{MACHINE}:{number}");
    let alias = |routes: Value| json!({"name": "PROD", "routingConfiguration": routes});
    let route = |arn: &str, weight: i32| json!({"stateMachineVersionArn": arn, "weight": weight});
    let fine: CreateStateMachineAliasRequest =
        parse(alias(json!([route(&version("1"), 30), route(&version("2"), 70)]))).unwrap();
    let routing = fine.routing().unwrap();
    assert_eq!((routing.state_machine_arn.to_string(), routing.routes), (MACHINE.into(), vec![(1, 30), (2, 70)]));

    let (first, other) = (version("1"), MACHINE.replace(":x", ":y:1"));
    for (routes, expected) in [
        (
            json!([route(&first, 50), route(&first, 50)]),
            format!(
                "Routing configuration must contain distinct state machine version ARNs. Received: [{first}, {first}]"
            ),
        ),
        (
            json!([route(MACHINE, 100)]),
            format!("Routing configuration must contain state machine version ARNs. Received: [{MACHINE}]"),
        ),
        (
            json!([route(&version("PROD"), 100)]),
            format!("Routing configuration must contain state machine version ARNs. Received: [{MACHINE}:PROD]"),
        ),
        (
            json!([route(&first, 50), route(&other, 50)]),
            format!(
                "Routing configuration must contain versions of the same state machine. Received: [{first}, {other}]"
            ),
        ),
        (
            json!([route(&first, 70), route(&version("2"), 29)]),
            "Sum of routing configuration weights must equal 100. Received: [70, 29]".to_owned(),
        ),
        (json!([route(&first, 0)]), "Sum of routing configuration weights must equal 100. Received: [0]".to_owned()),
    ] {
        let request: CreateStateMachineAliasRequest = parse(alias(routes)).unwrap();
        assert_eq!(text(request.routing().unwrap_err()), ("ValidationException", expected));
    }
    let request: CreateStateMachineAliasRequest = parse(alias(json!([route("v1", 100)]))).unwrap();
    assert_eq!(text(request.routing().unwrap_err()), ("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: v1'".into()));
}

#[test]
fn the_constraints_on_an_alias_are_told_as_aws_tells_them() {
    let (one, two) = (format!("{MACHINE}:1"), format!("{MACHINE}:2"));
    let route = |arn: &str, weight: i32| json!({"stateMachineVersionArn": arn, "weight": weight});
    let shown =
        |arn: &str, weight: i32| format!("RoutingConfigurationListItem(stateMachineVersionArn={arn}, weight={weight})");
    for (routes, expected) in [
        (
            json!([route(&one, 50), route(&two, 30), route(&one, 20)]),
            format!(
                "Value '[{}, {}, {}]' at 'routingConfiguration' failed to satisfy constraint: Member must have length less \
                 than or equal to 2",
                shown(&one, 50),
                shown(&two, 30),
                shown(&one, 20)
            ),
        ),
        (
            json!([]),
            "Value '[]' at 'routingConfiguration' failed to satisfy constraint: Member must have length greater than or \
             equal to 1"
                .to_owned(),
        ),
        (
            json!([route(&one, 101)]),
            "Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value \
             less than or equal to 100"
                .to_owned(),
        ),
        (
            json!([{"weight": 100}]),
            "Value null at 'routingConfiguration.1.member.stateMachineVersionArn' failed to satisfy constraint: Member \
             must not be null"
                .to_owned(),
        ),
    ] {
        let refused = parse::<CreateStateMachineAliasRequest>(json!({"name": "a", "routingConfiguration": routes}));
        let expected = format!("1 validation error detected: {expected}");
        assert_eq!(text(refused.unwrap_err()), ("ValidationException", expected));
    }
    let missing = text(parse::<CreateStateMachineAliasRequest>(json!({})).unwrap_err()).1;
    assert!(missing.starts_with("2 validation errors detected: Value null at 'name'"), "{missing}");
}

#[test]
fn an_update_of_an_alias_changes_something() {
    let arn = format!("{MACHINE}:PROD");
    let request: UpdateStateMachineAliasRequest = parse(json!({"stateMachineAliasArn": arn})).unwrap();
    let error = request.routing().unwrap_err();
    assert_eq!(error.to_json()["reason"], "MISSING_REQUIRED_PARAMETER");
    let request: UpdateStateMachineAliasRequest =
        parse(json!({"stateMachineAliasArn": arn, "description": ""})).unwrap();
    assert_eq!(request.routing(), Ok(None));
}

#[test]
fn versions_are_answered_without_what_is_absent() {
    let arn: crate::StateMachineArn = MACHINE.parse().unwrap();
    let answer = ListStateMachineVersionsResponse {
        state_machine_versions: vec![StateMachineVersionListItem {
            state_machine_version_arn: arn.version(3),
            creation_date: Timestamp::from_millis(1_700_000_000_123),
        }],
        next_token: None,
    };
    let expected = json!({
        "stateMachineVersions": [{"stateMachineVersionArn": format!("{MACHINE}:3"), "creationDate": 1_700_000_000.123}]
    });
    assert_eq!(serde_json::to_value(answer).unwrap().to_string(), expected.to_string());
}
