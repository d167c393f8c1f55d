"""The policies: the contract they keep, the kinds there are, and the presets that ship."""
