use std::collections::BTreeMap;

/// The first processor of /proc/cpuinfo, by the kernel's names.
#[derive(Clone, Debug, Default)]
pub(super) struct CpuInfo(BTreeMap<String, String>);

impl CpuInfo {
    /// Parses the text; a field that is missing reads as empty or 0.
    pub(super) fn parse(text: &str) -> Self {
        let first = text.split("\n\n").next().unwrap_or_default();
        let pairs = first.lines().filter_map(|line| line.split_once(':'));
        Self(pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect())
    }

    pub(super) fn text(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }

    pub(super) fn number(&self, name: &str) -> u32 {
        self.0.get(name).and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    pub(super) fn has_flag(&self, flag: &str) -> bool {
        self.has_word("flags", flag)
    }

    /// Whether the processor virtualizes NMIs. AMD's bit is among the ordinary flags (since Linux 6.4), Intel's among
    /// the VMX flags (since Linux 5.6); a processor without SVM or VMX virtualizes nothing.
    pub(super) fn virtual_nmis(&self) -> Option<bool> {
        if self.has_flag("svm") {
            return Some(self.has_flag("vnmi"));
        }
        if self.has_flag("vmx") {
            return self.0.contains_key("vmx flags").then(|| self.has_word("vmx flags", "vnmi"));
        }
        Some(false)
    }

    fn has_word(&self, name: &str, word: &str) -> bool {
        self.0.get(name).is_some_and(|words| words.split_whitespace().any(|known| known == word))
    }
}
