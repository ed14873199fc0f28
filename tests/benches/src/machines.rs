//! The state machines that are measured, and their input.

use serde_json::{Map, Value, json};

/// `length` Pass states that hand their input on.
pub fn chain(length: usize) -> Value {
    let states: Map<String, Value> = (1..=length)
        .map(|n| {
            let next = if n == length { ("End", json!(true)) } else { ("Next", json!(format!("Step {}", n + 1))) };
            (format!("Step {n}"), json!({"Type": "Pass", next.0: next.1}))
        })
        .collect();
    json!({"StartAt": "Step 1", "States": states})
}

/// Pass and Choice in turn until `$.count.n` is `rounds`: two transitions a round, after which it succeeds. What else is
/// in the input stays there.
pub fn counter(rounds: u64) -> Value {
    json!({
        "StartAt": "Count",
        "States": {
            "Count": {
                "Type": "Pass",
                "Parameters": {"n.$": "States.MathAdd($.count.n, 1)"},
                "ResultPath": "$.count",
                "Next": "Enough?",
            },
            "Enough?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.count.n", "NumericLessThan": rounds, "Next": "Count"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    })
}

/// A Map with a Pass for every item of `$.items`, 40 at once.
pub fn map() -> Value {
    json!({
        "StartAt": "Map",
        "States": {
            "Map": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "MaxConcurrency": 40,
                "ItemProcessor": {"StartAt": "Each", "States": {"Each": {"Type": "Pass", "End": true}}},
                "ResultPath": null,
                "End": true,
            },
        },
    })
}

/// One Wait state that is over long after the bench.
pub fn wait(seconds: u64) -> Value {
    json!({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": seconds, "End": true}}})
}

/// 1 KB without any repetition: random hexadecimal digits, which compression can halve and no more.
pub fn noise(number: u64) -> Value {
    let mut draw = number | 1;
    let mut digits = String::new();
    while digits.len() < ORDER_BYTES {
        draw = next(draw);
        digits += &format!("{draw:016x}");
    }
    let mut noise = json!({"digits": ""});
    digits.truncate(ORDER_BYTES - noise.to_string().len());
    noise["digits"] = Value::String(digits);
    noise
}

/// Marsaglia's xorshift.
fn next(mut draw: u64) -> u64 {
    draw ^= draw << 13;
    draw ^= draw >> 7;
    draw ^ (draw << 17)
}

/// 1 KB (1,024 bytes) of the JSON that workflows are about: identifiers, names, amounts, times. `number` makes one differ from
/// the next, as real ones do.
pub fn order(number: u64) -> Value {
    let mut draw = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut random = move || {
        draw = next(draw);
        draw
    };
    let items: Vec<Value> = ITEMS
        .iter()
        .map(|(sku, name)| json!({"sku": sku, "name": name, "quantity": random() % 4 + 1, "unitPriceCents": random() % 20_000}))
        .collect();
    let mut order = json!({
        "orderId": format!("{:016x}-{:08x}", random(), random() as u32),
        "placedAt": format!("2026-11-{:02}T{:02}:{:02}:{:02}Z", random() % 28 + 1, random() % 24, random() % 60, random() % 60),
        "customer": {
            "id": format!("cus_{:016x}", random()),
            "email": format!("buyer.{}@example.com", random() % 1_000_000),
            "address": {"street": format!("Lindenweg {}", random() % 90 + 1), "city": "Basel", "zip": "4052", "country": "CH"},
        },
        "items": items,
        "payment": {"method": "card", "token": format!("tok_{:016x}{:016x}", random(), random()), "authorised": true},
        "shipping": {"carrier": "post", "express": false, "trackingId": format!("99.00.{:012}", random() % 1_000_000_000_000)},
        "currency": "EUR",
        "count": {"n": 0},
        "note": "",
    });
    let missing = ORDER_BYTES.saturating_sub(order.to_string().len());
    order["note"] = Value::String(NOTE.chars().cycle().take(missing).collect());
    order
}

pub const ORDER_BYTES: usize = 1_024;

const ITEMS: [(&str, &str); 5] = [
    ("KB-87-ISO-DE", "Mechanical keyboard"),
    ("MSE-WL-BLK", "Wireless mouse"),
    ("HUB-USBC-7", "USB-C hub, 7 ports"),
    ("STD-MON-27", "Monitor stand"),
    ("CAM-1080", "Webcam"),
];

const NOTE: &str =
    "Please ring twice, the bell at the gate is quiet; otherwise leave it with the neighbours on the left. ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_noise_have_their_size_whatever_their_number() {
        for number in 0..50 {
            assert_eq!(order(number).to_string().len(), ORDER_BYTES, "{number}");
            assert_eq!(noise(number).to_string().len(), ORDER_BYTES, "{number}");
        }
    }
}
