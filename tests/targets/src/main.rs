//! Every Lambda function that the example workflows and the tests call, in one `bootstrap`. The function's name says
//! which of them it is: what follows the last hyphen, so that `greet` and `stepwell-test-greet` are the same.

mod failure;
mod probe;
mod shop;

use failure::Failure;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let name = std::env::var("AWS_LAMBDA_FUNCTION_NAME")?;
    let function = name.rsplit('-').next().unwrap_or_default().to_owned();
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| answer(&function, event))).await
}

async fn answer(function: &str, event: LambdaEvent<Value>) -> Result<Value, Failure> {
    let LambdaEvent { payload, context } = event;
    match function {
        "greet" => Ok(json!({ "greeting": format!("Hello, {}!", text(&payload, "name")?) })),
        "shout" => Ok(json!({ "greeting": text(&payload, "greeting")?.to_uppercase() })),
        "echo" => Ok(payload),
        "reserve_stock" => shop::reserve_stock(&serde_json::from_value(payload)?),
        "release_stock" => shop::release_stock(&serde_json::from_value(payload)?),
        "charge_card" => shop::charge_card(&serde_json::from_value(payload)?),
        "ship" => shop::ship(&serde_json::from_value(payload)?),
        "probe" => probe::answer(serde_json::from_value(payload)?, &context.request_id).await,
        other => Err(Failure::new("Target.Unknown", format!("there is no function `{other}`"))),
    }
}

fn text<'a>(event: &'a Value, member: &str) -> Result<&'a str, Failure> {
    let found = event.get(member).and_then(Value::as_str);
    found.ok_or_else(|| Failure::new("Target.BadEvent", format!("`{member}` must be a string")))
}
