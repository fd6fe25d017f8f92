//! The one folding of strings that are not caseExact.

use unicode_normalization::UnicodeNormalization;

/// NFKC and full case folding: two strings that fold alike are equal where case does not count.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    caseless::default_case_fold_str(&text.nfkc().collect::<String>())
        .nfkc()
        .collect()
}
