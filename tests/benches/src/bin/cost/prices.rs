//! List prices of us-east-1, as of November 2026: <https://aws.amazon.com/dynamodb/pricing/on-demand/>,
//! <https://aws.amazon.com/sqs/pricing/>, <https://aws.amazon.com/lambda/pricing/>.

use crate::tally::Tally;

const WRITE_UNIT: f64 = 0.625e-6;
/// Of a strongly consistent read of 4 KB; DynamoDB reports an eventually consistent one as half a unit.
const READ_UNIT: f64 = 0.125e-6;
const SQS_REQUEST: f64 = 0.40e-6;
const LAMBDA_REQUEST: f64 = 0.20e-6;
const LAMBDA_GB_SECOND: f64 = 13.333_4e-6;

/// As `template.yaml` has it.
const MEMORY_GB: f64 = 0.5;

/// An invocation waits for one write and then one send, whatever the size of its batch: the messages of a batch are
/// worked on side by side.
const INVOCATION_SECONDS: f64 = 0.015;

pub const ASSUMPTIONS: &str = "On-demand DynamoDB, standard SQS, Lambda on arm64 with 512 MB and 15 ms for each invocation (assumed). Counted are our\n\
    own functions, not the targets of tasks; a receive and a delete for each batch; API requests through the function URL, which\n\
    is free. Not counted: storage, logs, empty receives.";

#[derive(Clone, Copy, Debug)]
pub struct Dollars {
    dynamodb: f64,
    sqs: f64,
    lambda: f64,
}

impl Dollars {
    /// `batch`: how many messages an invocation gets.
    pub fn of(tally: &Tally, batch: f64) -> Self {
        let batches = f64::from(tally.messages) / batch;
        let invocations = batches + f64::from(tally.api_requests);
        let receives_and_deletes = 2.0 * batches;
        Self {
            dynamodb: tally.write_units * WRITE_UNIT + tally.read_units * READ_UNIT,
            sqs: (f64::from(tally.sends) + receives_and_deletes) * SQS_REQUEST,
            lambda: invocations * (LAMBDA_REQUEST + INVOCATION_SECONDS * MEMORY_GB * LAMBDA_GB_SECOND),
        }
    }

    pub fn total(&self) -> f64 {
        self.dynamodb + self.sqs + self.lambda
    }
}
