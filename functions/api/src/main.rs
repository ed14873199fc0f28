//! The `api` function: API Gateway and the function URL call it.

use std::sync::Arc;

use api::{Api, Door, SignedPaths, router};
use api_model::Place;
use aws::execution_log::StandardOutput;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{map_request, map_response};
use axum::response::Response;
use express::Express;
use lambda_http::request::RequestContext;
use lambda_http::{Error, RequestExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let connection = aws::connect()?;
    let place = Place::new(variable("PARTITION")?, variable("AWS_REGION")?, variable("ACCOUNT_ID")?);
    let ports = connection.ports();
    let express = Express::new(&ports, connection.task_target_of_dispatcher(), Arc::new(StandardOutput));
    let api = Api::new(ports, place, express);
    let router = match variable("AUTHORIZATION")?.as_str() {
        "Keys" => router(api, Door::AccessKeys).layer(map_request(with_signed_paths)),
        "Iam" => router(api, Door::Guarded).layer(map_request(of_iam_caller)),
        other => return Err(format!("environment variable `AUTHORIZATION` is `{other}`, not `Keys` or `Iam`").into()),
    };
    lambda_http::run(router.layer(map_response(as_text))).await
}

/// A REST API keeps its stage, or the base path of its domain, apart from the path; its caller signed both. The second of
/// each is how emulators are called where their host names do not resolve.
async fn with_signed_paths(mut request: Request) -> Request {
    let path = request.extensions().raw_http_path().to_owned();
    let signed = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV1(context)) => {
            let (api, stage) =
                (context.apiid.as_deref().unwrap_or_default(), context.stage.as_deref().unwrap_or_default());
            let emulated = format!("/restapis/{api}/{stage}/_user_request_{path}");
            [context.path.clone(), Some(emulated)]
        }
        Some(RequestContext::ApiGatewayV2(context)) => {
            let url = context.apiid.as_deref().unwrap_or_default();
            [Some(path.clone()), Some(format!("/_aws/lambda-url/{url}{path}"))]
        }
        _ => [None, None],
    };
    request.extensions_mut().insert(SignedPaths(signed.into_iter().flatten().collect()));
    request
}

/// That AWS has checked the caller, it says. Should a door ever be left open, this one is not.
async fn of_iam_caller(request: Request) -> Result<Request, StatusCode> {
    let checked = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV1(context)) => context.identity.user_arn.is_some(),
        Some(RequestContext::ApiGatewayV2(context)) => {
            context.authorizer.as_ref().is_some_and(|authorizer| authorizer.iam.is_some())
        }
        _ => false,
    };
    if checked { Ok(request) } else { Err(StatusCode::FORBIDDEN) }
}

/// lambda_http does not know that `application/x-amz-json-1.0` is text, and would answer in base64, which a REST API
/// passes on as it is.
async fn as_text(mut response: Response) -> Response {
    response.headers_mut().insert("x-lambda-http-content-encoding", HeaderValue::from_static("text"));
    response
}

fn variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| format!("environment variable `{name}` is not set").into())
}
