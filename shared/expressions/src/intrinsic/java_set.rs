//! The order and equality of a `java.util.HashSet` of JSON values.

use serde_json::{Number, Value};

/// Sorts distinct values, given in the order of their insertion, as the set iterates over them: by bucket, and within a
/// bucket by insertion.
pub(super) fn sort(values: &mut [&Value]) {
    let mut buckets = 16_usize;
    while values.len() > buckets / 4 * 3 {
        buckets *= 2;
    }
    values.sort_by_key(|value| {
        let hash = hash(value).cast_unsigned();
        (hash ^ (hash >> 16)) as usize & (buckets - 1)
    });
}

/// Java's `equals`: an `Integer` or `Long` is never equal to a `Double`.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (is_whole(left), is_whole(right)) {
            (true, true) => left == right,
            (false, false) => left.as_f64() == right.as_f64(),
            _ => false,
        },
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        (left, right) => left == right,
    }
}

fn is_whole(number: &Number) -> bool {
    !number.to_string().contains(['.', 'e', 'E'])
}

fn hash(value: &Value) -> i32 {
    match value {
        Value::Null => 0,
        Value::Bool(true) => 1231,
        Value::Bool(false) => 1237,
        Value::Number(number) => hash_number(number),
        Value::String(text) => hash_text(text),
        Value::Array(items) => items.iter().fold(1, |sum, item| times_31(sum).wrapping_add(hash(item))),
        Value::Object(members) => {
            members.iter().fold(0, |sum: i32, (key, member)| sum.wrapping_add(hash_text(key) ^ hash(member)))
        }
    }
}

fn hash_number(number: &Number) -> i32 {
    match (is_whole(number), number.as_i64()) {
        (true, Some(integer)) => i32::try_from(integer).unwrap_or_else(|_| folded(integer.cast_unsigned())),
        _ => folded(number.as_f64().unwrap_or_default().to_bits()),
    }
}

/// The two halves of 64 bits, combined.
fn folded(bits: u64) -> i32 {
    ((bits ^ (bits >> 32)) as u32).cast_signed()
}

fn hash_text(text: &str) -> i32 {
    text.encode_utf16().fold(0, |sum, unit| times_31(sum).wrapping_add(i32::from(unit)))
}

fn times_31(sum: i32) -> i32 {
    sum.wrapping_mul(31)
}

#[cfg(test)]
mod tests {
    use super::{hash, sort};
    use serde_json::{Value, json};

    #[test]
    fn hashes_are_javas() {
        for (value, expected) in [
            (json!("hello"), 99_162_322),
            (json!("é😀"), 233 * 31 * 31 + 0xD83D * 31 + 0xDE00),
            (json!(42), 42),
            (json!(-1), -1),
            (json!(4_294_967_296_i64), 1),
            (json!(1.5), 1_073_217_536),
            (json!([1, 2]), 994),
            (json!({"a": 1}), 96),
            (json!(null), 0),
        ] {
            assert_eq!(hash(&value), expected, "{value}");
        }
    }

    #[test]
    fn values_come_in_the_order_of_their_buckets() {
        for (inserted, expected) in [
            (json!([true, false]), json!([false, true])),
            (json!([[1, 2], [2, 1]]), json!([[2, 1], [1, 2]])),
            (json!(["a", "b", "c"]), json!(["a", "b", "c"])),
            (json!([1, "1", "01"]), json!([1, "1", "01"])),
            (json!([17, 16, 1, 0]), json!([16, 0, 17, 1])),
            (json!([20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20])),
        ] {
            let mut values: Vec<&Value> = inserted.as_array().unwrap().iter().collect();
            sort(&mut values);
            assert_eq!(values, expected.as_array().unwrap().iter().collect::<Vec<_>>(), "{inserted}");
        }
    }
}
