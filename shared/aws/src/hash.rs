//! Content and identity hashes. Kept in tables and queues, so never to be changed.

use sha2::{Digest, Sha256};

/// The first 128 bits of SHA-256, as 32 hexadecimal digits.
pub fn hex(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Which of `shards` a key belongs to.
pub fn shard(key: &str, shards: u8) -> u8 {
    Sha256::digest(key.as_bytes()).first().map_or(0, |byte| byte % shards)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_stay_what_they_were() {
        assert_eq!(hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223");
        assert_eq!(shard("abc", 8), 0xba % 8);
    }
}
