//! Any text as a definition and as a single state. What is refused has an error, what is accepted has none, and layout
//! decides about nothing.

#![no_main]

use asl::diagnostic::{Diagnostic, Severity};
use asl::{MachineType, Parsed, parse, parse_state};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fn findings(parsed: &Result<Parsed, Vec<Diagnostic>>) -> &[Diagnostic] {
    match parsed {
        Ok(parsed) => &parsed.warnings,
        Err(findings) => findings,
    }
}

fuzz_target!(|text: &str| {
    for machine_type in [MachineType::Standard, MachineType::Express] {
        let machine = parse(text, machine_type);
        for parsed in [&machine, &parse_state(text, machine_type)] {
            let refused = findings(parsed).iter().any(|finding| finding.severity == Severity::Error);
            assert_eq!(refused, parsed.is_err());
        }
        // Names of states that stand twice are not both in the value.
        let repeats = |finding: &Diagnostic| finding.code.as_str() == "DUPLICATE_STATE_NAME";
        if let Ok(Value::Object(object)) = serde_json::from_str(text)
            && !findings(&machine).iter().any(repeats)
        {
            let pretty = serde_json::to_string_pretty(&object).expect("a value is always JSON");
            assert_eq!(findings(&machine), findings(&parse(&pretty, machine_type)));
        }
    }
});
