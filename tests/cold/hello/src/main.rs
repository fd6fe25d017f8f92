//! Answers every event with a greeting.

use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(greet)).await
}

async fn greet(_: Request) -> Result<Response<Body>, Error> {
    Ok(Response::new("hello, world".into()))
}
