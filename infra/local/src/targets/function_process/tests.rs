//! Real child processes: a small runtime in Python, which the event tells what to do.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use ports::TaskTarget;
use ports::task_target::{Invocation, InvokeError, Invoked};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{FunctionProcess, FunctionSettings};

const BOOTSTRAP: &str = include_str!("tests/bootstrap.py");

struct Fixture {
    folder: TempDir,
    function: FunctionProcess,
}

impl Fixture {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut FunctionSettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("bootstrap.py");
        std::fs::write(&program, BOOTSTRAP).unwrap();
        let option = format!("shop=python3 '{}' '{}'", program.display(), folder.path().display());
        let mut settings = FunctionSettings::parse(&option).unwrap();
        settings.timeout = Duration::from_secs(20);
        change(&mut settings);
        Self { folder, function: FunctionProcess::new(settings, "eu-west-1", "111122223333") }
    }

    async fn invoke(&self, event: Value) -> Invoked {
        self.function.invoke(&invocation(event)).await.unwrap()
    }

    async fn payload(&self, event: Value) -> Value {
        let invoked = self.invoke(event).await;
        assert_eq!(invoked.function_error, None, "{}", invoked.payload);
        serde_json::from_str(&invoked.payload).unwrap()
    }

    /// How many processes were ever started.
    fn starts(&self) -> usize {
        std::fs::read_to_string(self.folder.path().join("starts")).unwrap_or_default().lines().count()
    }

    fn write(&self, name: &str) {
        std::fs::write(self.folder.path().join(name), "").unwrap();
    }
}

fn invocation(event: Value) -> Invocation {
    Invocation { function: "shop".into(), payload: event.to_string(), ..Invocation::default() }
}

fn error_of(invoked: &Invoked) -> (String, String) {
    assert_eq!(invoked.function_error.as_deref(), Some("Unhandled"), "{}", invoked.payload);
    let object: Value = serde_json::from_str(&invoked.payload).unwrap();
    let text = |name: &str| object[name].as_str().unwrap().replace(&invoked.request_id, "ID");
    (text("errorType"), text("errorMessage"))
}

fn is_running(pid: &Value) -> bool {
    // A killed process that nobody has waited for yet is a zombie, state Z.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    Path::new(&format!("/proc/{pid}")).exists() && !stat.contains(") Z ")
}

async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_answer_comes_with_the_headers_of_lambda_in_its_order() {
    let shop = Fixture::new();
    let invoked = shop.invoke(json!({"do": "echo", "n": 1.50})).await;
    assert_eq!(invoked.payload, r#"{"do": "echo", "n": 1.5}"#);
    assert_eq!((invoked.status_code, invoked.executed_version.as_deref()), (200, Some("$LATEST")));
    let names: Vec<&str> = invoked.headers.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "Date",
        "Content-Type",
        "Content-Length",
        "Connection",
        "x-amzn-RequestId",
        "x-amzn-Remapped-Content-Length",
        "X-Amz-Executed-Version",
        "X-Amzn-Trace-Id",
    ];
    assert_eq!(names, expected);
    let header = |name: &str| invoked.headers.iter().find(|(found, _)| found == name).unwrap().1.as_str();
    assert_eq!(header("Content-Length"), "24");
    assert_eq!(header("x-amzn-RequestId"), invoked.request_id);
    assert!(header("X-Amzn-Trace-Id").starts_with("root=1-") && header("X-Amzn-Trace-Id").ends_with(";sampled=0"));
}

#[tokio::test]
async fn the_function_sees_what_lambda_shows_it() {
    let shop = Fixture::new();
    let context = base64::engine::general_purpose::STANDARD.encode(r#"{"client":{}}"#);
    let asked = Invocation {
        function: "arn:aws:lambda:eu-west-1:111122223333:function:shop".into(),
        qualifier: Some("live".into()),
        client_context: Some(context),
        ..invocation(json!({"do": "context"}))
    };
    let invoked = shop.function.invoke(&asked).await.unwrap();
    let seen: Value = serde_json::from_str(&invoked.payload).unwrap();
    for (name, expected) in [
        ("lambda-runtime-aws-request-id", invoked.request_id.as_str()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:111122223333:function:shop:live"),
        ("lambda-runtime-client-context", r#"{"client":{}}"#),
        ("AWS_LAMBDA_FUNCTION_NAME", "shop"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/shop"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
    ] {
        assert_eq!(seen[name], expected, "{name}");
    }
    assert!(seen["lambda-runtime-trace-id"].as_str().unwrap().starts_with("Root=1-"));
    assert!(seen["AWS_LAMBDA_LOG_STREAM_NAME"].as_str().unwrap().contains("/[$LATEST]"));
    let remaining_ms = seen["remaining_ms"].as_f64().unwrap();
    assert!((10_000.0..=20_000.0).contains(&remaining_ms), "{remaining_ms}");
}

#[tokio::test]
async fn an_error_of_the_function_is_passed_as_it_is_and_the_process_goes_on() {
    let shop = Fixture::new();
    let invoked = shop.invoke(json!({"do": "raise"})).await;
    assert_eq!(invoked.payload, r#"{"errorMessage": "sold out", "errorType": "Shop.SoldOut"}"#);
    assert_eq!((invoked.status_code, invoked.function_error.as_deref()), (200, Some("Unhandled")));
    assert!(invoked.headers.contains(&("X-Amz-Function-Error".into(), "Unhandled".into())));
    shop.payload(json!({"do": "echo"})).await;
    assert_eq!(shop.starts(), 1);
}

#[tokio::test]
async fn what_is_not_json_is_passed_as_it_is() {
    let shop = Fixture::new();
    for text in ["", "not json", "{\"a\":", "\u{fffd}é"] {
        assert_eq!(shop.invoke(json!({"do": "text", "text": text})).await.payload, text);
    }
    assert_eq!(shop.starts(), 1);
}

#[tokio::test]
async fn a_death_in_the_middle_is_an_exit_error_and_the_next_event_gets_a_new_process() {
    let shop = Fixture::new();
    for (how, expected) in [
        (json!({"do": "exit", "status": 1}), "RequestId: ID Error: Runtime exited with error: exit status 1"),
        (json!({"do": "exit", "status": 0}), "RequestId: ID Error: Runtime exited without providing a reason"),
        (json!({"do": "kill", "signal": 9}), "RequestId: ID Error: Runtime exited with error: signal: killed"),
        (json!({"do": "kill", "signal": 15}), "RequestId: ID Error: Runtime exited with error: signal: terminated"),
    ] {
        let failed = error_of(&shop.invoke(how.clone()).await);
        assert_eq!(failed, ("Runtime.ExitError".into(), expected.into()), "{how}");
        shop.payload(json!({"do": "echo"})).await;
    }
    assert_eq!(shop.starts(), 5);
}

#[tokio::test]
async fn a_process_that_died_idle_costs_no_invocation() {
    let shop = Fixture::new();
    let first = shop.payload(json!({"do": "answer_then_die"})).await;
    let second = shop.payload(json!({"do": "pid"})).await;
    assert_ne!(first, second);
    assert_eq!(shop.starts(), 2);
}

#[tokio::test]
async fn a_function_that_does_not_start_answers_so_and_is_tried_again() {
    let shop = Fixture::new();
    shop.write("die_at_start");
    let expected = "RequestId: ID Error: Runtime exited with error: exit status 7";
    for _ in 0..2 {
        assert_eq!(error_of(&shop.invoke(json!({})).await), ("Runtime.ExitError".into(), expected.into()));
    }
    let reason = shop.function.start().await.unwrap_err().to_string();
    assert_eq!(reason, "function `shop` did not start: Runtime exited with error: exit status 7");
    std::fs::remove_file(shop.folder.path().join("die_at_start")).unwrap();

    shop.write("fail_at_start");
    assert_eq!(error_of(&shop.invoke(json!({})).await), ("Runtime.ImportModuleError".into(), "no module".into()));
    std::fs::remove_file(shop.folder.path().join("fail_at_start")).unwrap();
    shop.payload(json!({"do": "echo"})).await;
}

#[tokio::test]
async fn starts_that_fail_are_spaced_out() {
    let shop = Fixture::with(|settings| settings.program = vec!["false".into()]);
    let begun = Instant::now();
    for _ in 0..4 {
        error_of(&shop.invoke(json!({})).await);
    }
    assert!(begun.elapsed() >= Duration::from_millis(700), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_program_that_is_not_there_is_an_invalid_entrypoint() {
    let shop = Fixture::with(|settings| settings.program = vec!["/nowhere/bootstrap".into()]);
    let expected = "RequestId: ID Error: fork/exec /nowhere/bootstrap: no such file or directory";
    assert_eq!(error_of(&shop.invoke(json!({})).await), ("Runtime.InvalidEntrypoint".into(), expected.into()));
    let reason = shop.function.start().await.unwrap_err().reason;
    assert_eq!(reason, "fork/exec /nowhere/bootstrap: no such file or directory");
}

#[tokio::test]
async fn a_folder_stands_for_the_bootstrap_in_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let shop = Fixture::new();
    let bootstrap = shop.folder.path().join("bootstrap");
    std::fs::write(&bootstrap, format!("#!/usr/bin/env python3\n{BOOTSTRAP}")).unwrap();
    std::fs::set_permissions(&bootstrap, std::fs::Permissions::from_mode(0o755)).unwrap();
    let folder = shop.folder.path().to_str().unwrap().to_owned();
    let packaged = Fixture::with(|settings| settings.program = vec![folder.clone(), folder.clone()]);
    let seen = packaged.payload(json!({"do": "context"})).await;
    assert_eq!(seen["LAMBDA_TASK_ROOT"], folder);
}

#[tokio::test]
async fn an_invocation_that_takes_too_long_is_cut_off_and_its_process_replaced() {
    let shop = Fixture::with(|settings| settings.timeout = Duration::from_millis(1500));
    let pid = shop.payload(json!({"do": "spawn_child"})).await;
    let begun = Instant::now();
    let failed = error_of(&shop.invoke(json!({"do": "sleep", "seconds": 60})).await);
    let expected = "RequestId: ID Error: Task timed out after 1.50 seconds";
    assert_eq!(failed, ("Sandbox.Timedout".into(), expected.into()));
    assert!((1.4..4.0).contains(&begun.elapsed().as_secs_f64()), "{:?}", begun.elapsed());
    eventually("the process and its child are gone", || !is_running(&pid["pid"]) && !is_running(&pid["child"])).await;
    shop.payload(json!({"do": "echo"})).await;
    assert_eq!(shop.starts(), 2);
}

#[tokio::test]
async fn invocations_at_a_time_get_a_process_each_up_to_the_limit_and_idle_ones_are_used_again() {
    let shop = Fixture::with(|settings| settings.concurrency = 3);
    let sleeping = || shop.payload(json!({"do": "sleep", "seconds": 0.5}));
    let begun = Instant::now();
    let five = tokio::join!(sleeping(), sleeping(), sleeping(), sleeping(), sleeping());
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(shop.starts(), 3);
    let mut pids =
        vec![five.0.to_string(), five.1.to_string(), five.2.to_string(), five.3.to_string(), five.4.to_string()];
    pids.sort();
    pids.dedup();
    assert_eq!(pids.len(), 3);
    tokio::join!(sleeping(), sleeping());
    assert_eq!(shop.starts(), 3);
}

#[tokio::test]
async fn a_response_of_more_than_6_megabytes_is_an_error() {
    let shop = Fixture::new();
    let largest = shop.invoke(json!({"do": "size", "bytes": 6_291_556})).await;
    assert_eq!((largest.function_error, largest.payload.len()), (None, 6_291_556));
    let expected = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
    for bytes in [6_291_557, 30_000_000] {
        let failed = error_of(&shop.invoke(json!({"do": "size", "bytes": bytes})).await);
        assert_eq!(failed, ("Function.ResponseSizeTooLarge".into(), expected.into()));
    }
    assert_eq!(shop.payload(json!({"do": "last_status"})).await, json!(413));
    assert_eq!(shop.starts(), 1);
}

#[tokio::test]
async fn a_stream_that_breaks_off_with_an_error_is_that_error() {
    let shop = Fixture::new();
    let invoked = shop.invoke(json!({"do": "stream", "error": null})).await;
    assert_eq!((invoked.function_error, invoked.payload.as_str()), (None, "\"part\""));
    let failed =
        error_of(&shop.invoke(json!({"do": "stream", "error": {"errorType": "A", "errorMessage": "b"}})).await);
    assert_eq!(failed, ("A".into(), "b".into()));
}

#[tokio::test]
async fn what_the_runtime_does_wrong_is_refused_and_changes_nothing() {
    let shop = Fixture::new();
    let seen = shop.payload(json!({"do": "misbehave"})).await;
    assert_eq!(seen, json!({"next": 403, "unknown_id": 400, "init_error": 403, "unknown_path": 404}));
    shop.payload(json!({"do": "echo"})).await;
    // The answer is given once: another one to the same event is refused.
    shop.payload(json!({"do": "answer_twice"})).await;
    assert_eq!(shop.payload(json!({"do": "last_status"})).await, json!(400));
}

#[tokio::test]
async fn the_tail_of_the_log_is_that_of_the_invocation() {
    let shop = Fixture::new();
    shop.payload(json!({"do": "print", "text": "before"})).await;
    let asked = Invocation { log_type: Some("Tail".into()), ..invocation(json!({"do": "print", "text": "sold 7"})) };
    let invoked = shop.function.invoke(&asked).await.unwrap();
    let encoded = invoked.log_result.unwrap();
    assert!(invoked.headers.contains(&("X-Amz-Log-Result".into(), encoded.clone())));
    let log = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap();
    let log = String::from_utf8(log).unwrap().replace(&invoked.request_id, "ID");
    assert!(log.starts_with("START RequestId: ID Version: $LATEST\n"), "{log}");
    assert!(log.contains("\nsold 7\n") && log.contains("\nerr: sold 7\n"), "{log}");
    assert!(log.contains("\nEND RequestId: ID\nREPORT RequestId: ID\tDuration: "), "{log}");
    assert!(!log.contains("before"), "{log}");
}

#[tokio::test]
async fn the_invocation_type_decides_what_is_answered_when() {
    let shop = Fixture::new();
    let of_type = |kind: &str, event| Invocation { invocation_type: Some(kind.into()), ..invocation(event) };
    let dry = shop.function.invoke(&of_type("DryRun", json!({}))).await.unwrap();
    assert_eq!((dry.status_code, dry.payload.as_str(), shop.starts()), (204, "", 0));

    let accepted =
        shop.function.invoke(&of_type("Event", json!({"do": "touch", "name": "ran", "seconds": 1}))).await.unwrap();
    assert_eq!((accepted.status_code, accepted.payload.as_str(), accepted.executed_version), (202, "", None));
    assert!(!shop.folder.path().join("ran").exists(), "it was waited for");
    eventually("the function has run", || shop.folder.path().join("ran").exists()).await;

    let refused = shop.function.invoke(&of_type("Later", json!({}))).await.unwrap_err();
    assert!(matches!(&refused, InvokeError::Service { code, status: 400, .. } if code == "ValidationException"));
    let context = Invocation { client_context: Some("%".into()), ..invocation(json!({})) };
    let refused = shop.function.invoke(&context).await.unwrap_err();
    assert!(
        matches!(&refused, InvokeError::Service { code, status: 400, .. } if code == "InvalidRequestContentException")
    );
}

#[tokio::test]
async fn who_stops_waiting_does_not_stop_the_function() {
    // One at a time: what comes next waits for the process that is busy still, and starts no other.
    let shop = Fixture::with(|settings| settings.concurrency = 1);
    let impatient = shop.function.invoke(&invocation(json!({"do": "touch", "name": "ran", "seconds": 1}))).await;
    drop(impatient);
    let asked = invocation(json!({"do": "touch", "name": "ran_too", "seconds": 1}));
    let waited = tokio::time::timeout(Duration::from_millis(200), shop.function.invoke(&asked)).await;
    assert!(waited.is_err());
    eventually("the function has run", || shop.folder.path().join("ran_too").exists()).await;
    shop.payload(json!({"do": "echo"})).await;
    assert_eq!(shop.starts(), 1);
}

#[tokio::test]
async fn stopping_kills_the_processes_and_their_children() {
    let shop = Fixture::new();
    shop.function.start().await.unwrap();
    assert_eq!(shop.starts(), 1);
    let pids = shop.payload(json!({"do": "spawn_child"})).await;
    let busy = invocation(json!({"do": "sleep", "seconds": 60}));
    let (cut_off, ()) = tokio::join!(shop.function.invoke(&busy), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        shop.function.stop().await;
        assert!(!is_running(&pids["pid"]));
    });
    assert!(matches!(cut_off, Err(InvokeError::NoAnswer(_))), "{cut_off:?}");
    eventually("the child is gone", || !is_running(&pids["child"])).await;
    assert!(matches!(shop.function.invoke(&busy).await, Err(InvokeError::NoAnswer(_))));
    assert_eq!(shop.starts(), 1);
}

#[test]
fn a_runtime_that_ends_takes_the_processes_along() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let shop = Fixture::new();
    let pids = runtime.block_on(shop.payload(json!({"do": "spawn_child"})));
    assert!(is_running(&pids["pid"]) && is_running(&pids["child"]));
    drop(runtime);
    let begun = Instant::now();
    while is_running(&pids["pid"]) || is_running(&pids["child"]) {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(20));
    }
}
