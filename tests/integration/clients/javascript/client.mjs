// Calls operations as they come, a line of JSON each: {"operation": "StartExecution", "parameters": {…}}. Answers a line each:
// {"answer": {…}}, or {"error": {"code": …, "message": …, "status": …}}.
import { createInterface } from "node:readline";
import * as sdk from "@aws-sdk/client-sfn";

const client = new sdk.SFNClient({
  endpoint: process.env.ENDPOINT,
  region: process.env.AWS_REGION,
  disableHostPrefix: true,
  maxAttempts: 1,
});

async function call({ operation, parameters }) {
  try {
    const { $metadata, ...answer } = await client.send(new sdk[`${operation}Command`](parameters));
    return { answer };
  } catch (error) {
    if (!(error instanceof sdk.SFNServiceException)) throw error;
    return { error: { code: error.name, message: error.message, status: error.$metadata.httpStatusCode } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await call(JSON.parse(line))));
}
client.destroy();
