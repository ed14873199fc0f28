use super::*;

const PREFIX: &str = "arn:aws:states:eu-central-1:123456789012:";

fn detail(error: &ApiError) -> String {
    error.message().unwrap().into_owned()
}

#[test]
fn every_form_of_a_state_machine_arn_is_read_and_written_alike() {
    for (resource, name, label, qualifier, test_case) in [
        ("stateMachine:orders", "orders", None, None, None),
        ("stateMachine:a.b-c_9", "a.b-c_9", None, None, None),
        ("stateMachine:orders:7", "orders", None, Some(Qualifier::Version(7)), None),
        ("stateMachine:orders:PROD", "orders", None, Some(Qualifier::Alias("PROD".into())), None),
        ("stateMachine:orders:7a", "orders", None, Some(Qualifier::Alias("7a".into())), None),
        ("stateMachine:orders:007", "orders", None, Some(Qualifier::Alias("007".into())), None),
        (
            "stateMachine:orders:99999999999999999999999",
            "orders",
            None,
            Some(Qualifier::Alias("99999999999999999999999".into())),
            None,
        ),
        ("stateMachine:orders/Map", "orders", Some("Map"), None, None),
        ("stateMachine:orders/Map:7", "orders", Some("Map"), Some(Qualifier::Version(7)), None),
        ("stateMachine:orders#HappyPath", "orders", None, None, Some("HappyPath")),
        ("stateMachine:日本", "日本", None, None, None),
    ] {
        let text = format!("{PREFIX}{resource}");
        let arn: StateMachineArn = text.parse().unwrap();
        assert_eq!(arn.name, name, "{text}");
        assert_eq!(arn.label.as_deref(), label, "{text}");
        assert_eq!(arn.qualifier, qualifier, "{text}");
        assert_eq!(arn.test_case.as_deref(), test_case, "{text}");
        assert_eq!(arn.to_string(), text);
        assert_eq!(arn.unqualified().to_string(), format!("{PREFIX}stateMachine:{name}"));
    }
}

#[test]
fn executions_map_runs_and_activities_are_read_and_written_alike() {
    let execution: ExecutionArn = format!("{PREFIX}execution:orders:run-1").parse().unwrap();
    assert_eq!((execution.state_machine.as_str(), execution.name.as_str()), ("orders", "run-1"));
    assert_eq!(execution.to_string(), format!("{PREFIX}execution:orders:run-1"));
    assert_eq!(execution.state_machine_arn().to_string(), format!("{PREFIX}stateMachine:orders"));

    let child: ExecutionArn = format!("{PREFIX}execution:orders/Map:c1").parse().unwrap();
    assert_eq!(child.label.as_deref(), Some("Map"));
    assert_eq!(child.to_string(), format!("{PREFIX}execution:orders/Map:c1"));

    let map_run: MapRunArn = format!("{PREFIX}mapRun:orders/Map:u1").parse().unwrap();
    assert_eq!(map_run.to_string(), format!("{PREFIX}mapRun:orders/Map:u1"));

    let activity: ActivityArn = format!("{PREFIX}activity:approve").parse().unwrap();
    assert_eq!(activity.to_string(), format!("{PREFIX}activity:approve"));
}

#[test]
fn arns_are_made_from_a_place_and_names() {
    let place = Place::new("aws", "eu-central-1", "123456789012");
    let machine = place.state_machine(&StateMachineName::parse("orders").unwrap());
    let name = ExecutionName::parse("run-1").unwrap();
    assert_eq!(machine.version(3).to_string(), format!("{PREFIX}stateMachine:orders:3"));
    assert_eq!(machine.alias("PROD").to_string(), format!("{PREFIX}stateMachine:orders:PROD"));
    assert_eq!(machine.alias("PROD").execution(&name).to_string(), format!("{PREFIX}execution:orders:run-1"));
    assert_eq!(machine.express_execution(&name, "u").to_string(), format!("{PREFIX}express:orders:run-1:u"));
}

#[test]
fn what_does_not_begin_as_an_arn_is_refused_in_the_words_of_the_service() {
    for text in ["no_an_activity_arn", "", "ARN:aws:states:r:1:stateMachine:x"] {
        let expected = format!("Invalid Arn: 'Invalid ARN prefix: {text}'");
        assert_eq!(detail(&StateMachineArn::parse(text).unwrap_err()), expected);
        assert_eq!(detail(&ActivityArn::parse(text).unwrap_err()), expected);
    }
}

#[test]
fn an_arn_of_another_resource_type_names_that_type() {
    let machine = format!("{PREFIX}stateMachine:x");
    let express = format!("{PREFIX}express:m:e:u");
    for (error, kind) in [
        (ExecutionArn::parse(&machine).unwrap_err(), "stateMachine"),
        (ExecutionArn::parse(&express).unwrap_err(), "express"),
        (StateMachineArn::parse(&format!("{PREFIX}execution:m:e")).unwrap_err(), "execution"),
        (ActivityArn::parse(&machine).unwrap_err(), "stateMachine"),
    ] {
        assert_eq!(detail(&error), format!("Invalid Arn: 'Resource type not valid in this context: {kind}'"));
    }
}

#[test]
fn malformed_arns_are_refused() {
    for text in [
        "arn:",
        "arn:aws:states",
        "arn:aws:states:eu-central-1:123456789012",
        "arn:aws:states:eu-central-1:123456789012:stateMachine",
        "arn:aws:states:eu-central-1:123456789012:stateMachine:",
        "arn:aws:states:eu-central-1::stateMachine:x",
        "arn:aws:states:eu-central-1:123456789012:stateMachine:x:",
        "arn:aws:states:eu-central-1:123456789012:stateMachine:x:1:2",
        "arn:aws:states:eu-central-1:123456789012:stateMachine:x y",
        "arn:aws:states:eu-central-1:123456789012:stateMachine:x/",
        "arn:aws:lambda:eu-central-1:123456789012:function:f",
    ] {
        let error = StateMachineArn::parse(text).unwrap_err();
        assert_eq!(error.code(), "InvalidArn", "{text}");
    }
    for text in ["execution:m", "execution:m:", "execution::e", "execution:m:e:f"] {
        assert_eq!(ExecutionArn::parse(&format!("{PREFIX}{text}")).unwrap_err().code(), "InvalidArn", "{text}");
    }
}

#[test]
fn tags_go_on_state_machines_and_activities() {
    let machine = TaggableArn::parse(&format!("{PREFIX}stateMachine:x")).unwrap();
    assert!(matches!(machine, TaggableArn::StateMachine(_)));
    let activity = TaggableArn::parse(&format!("{PREFIX}activity:x")).unwrap();
    assert!(matches!(activity, TaggableArn::Activity(_)));
    let error = TaggableArn::parse(&format!("{PREFIX}execution:m:e")).unwrap_err();
    assert_eq!(detail(&error), "Invalid Arn: 'Resource type not valid in this context: execution'");
}
