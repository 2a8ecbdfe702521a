#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compare two files of logits, little-endian float32 [positions][vocabulary].

Prints one JSON object: mean, 99th percentile and maximum of KL(reference || other)
in nats, the share of positions whose largest logit is the same token, and the
largest difference of a logit. The shorter file sets the number of positions.

Example:
  compare_logits.py --vocab 49152 reference.f32 ours.f32
"""

from __future__ import annotations

import argparse
import json

import numpy as np


def log_softmax(logits: np.ndarray) -> np.ndarray:
    x = logits.astype(np.float64)
    x -= x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def compare(reference: np.ndarray, other: np.ndarray) -> dict:
    """Both [positions][vocabulary]; works in slices, so files may be large."""
    count = min(len(reference), len(other))
    kl, same, worst = [], 0, 0.0
    for i in range(0, count, 64):
        a, b = reference[i:min(i + 64, count)], other[i:min(i + 64, count)]
        if not np.isfinite(b).all():
            raise ValueError("logits that are not finite")
        log_a, log_b = log_softmax(a), log_softmax(b)
        kl.append((np.exp(log_a) * (log_a - log_b)).sum(-1))
        same += int((a.argmax(-1) == b.argmax(-1)).sum())
        worst = max(worst, float(np.abs(a - b).max()))
    kl = np.concatenate(kl)
    return {"positions": count, "mean_kl": float(kl.mean()),
            "mean_kl_stderr": float(kl.std(ddof=1) / np.sqrt(count)) if count > 1 else 0.0,
            "p99_kl": float(np.quantile(kl, 0.99)),
            "max_kl": float(kl.max()), "top1": same / count, "max_difference": worst}


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--vocab", type=int, required=True)
    p.add_argument("reference")
    p.add_argument("other")
    a = p.parse_args()
    files = [np.memmap(f, "<f4", "r").reshape(-1, a.vocab) for f in (a.reference, a.other)]
    print(json.dumps(compare(*files)))


if __name__ == "__main__":
    main()
