//! A shop. Nothing is remembered: what happens follows from the order, and from the number of the attempt.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::Failure;

#[derive(Deserialize)]
pub struct Reservation {
    order_id: String,
    items: Vec<Item>,
    /// `$$.State.RetryCount`.
    attempt: u32,
}

#[derive(Deserialize)]
struct Item {
    sku: String,
    quantity: u32,
}

#[derive(Deserialize)]
pub struct Release {
    reservation_id: String,
}

#[derive(Deserialize)]
pub struct Charge {
    order_id: String,
    card: String,
    amount_cents: u64,
    /// `$$.State.RetryCount`.
    attempt: u32,
}

#[derive(Deserialize)]
pub struct Parcel {
    order_id: String,
    address: Address,
    service: String,
}

#[derive(Deserialize)]
struct Address {
    name: String,
    city: String,
}

/// The copper kettle is in a warehouse that is busy for the first two attempts; the teapot is sold out.
pub fn reserve_stock(order: &Reservation) -> Result<Value, Failure> {
    for Item { sku, quantity } in &order.items {
        match sku.as_str() {
            "teapot-iron" => {
                return Err(Failure::new("Warehouse.OutOfStock", format!("0 of {quantity} {sku} in stock")));
            }
            "kettle-copper" if order.attempt < 2 => {
                return Err(Failure::new("Warehouse.Busy", format!("try again: {sku} is being counted")));
            }
            _ => {}
        }
    }
    let pieces: u32 = order.items.iter().map(|item| item.quantity).sum();
    Ok(json!({ "reservation_id": format!("r-{}", order.order_id), "pieces": pieces }))
}

pub fn release_stock(release: &Release) -> Result<Value, Failure> {
    Ok(json!({ "reservation_id": release.reservation_id, "released": true }))
}

/// One card is declined; the bank of another cannot be reached at first.
pub fn charge_card(charge: &Charge) -> Result<Value, Failure> {
    match charge.card.as_str() {
        "tok_declined" => Err(Failure::new("Payment.CardDeclined", "insufficient funds")),
        "tok_slow_bank" if charge.attempt == 0 => {
            Err(Failure::new("Payment.BankUnreachable", "the bank did not answer"))
        }
        _ => Ok(json!({ "payment_id": format!("p-{}", charge.order_id), "amount_cents": charge.amount_cents })),
    }
}

/// No parcel service goes to Atlantis.
pub fn ship(parcel: &Parcel) -> Result<Value, Failure> {
    let Address { name, city } = &parcel.address;
    if city == "Atlantis" {
        return Err(Failure::new("Parcel.NoSuchPlace", format!("{city} is not on our map")));
    }
    Ok(json!({
        "tracking_number": format!("{}-{}", parcel.service.to_uppercase(), parcel.order_id),
        "label": format!("{name}, {city}"),
    }))
}
