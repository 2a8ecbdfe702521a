# The tests of IR, passes, generated code and tools: lit runs each file's RUN
# lines. tests/lit/README.md tells how to add one.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import os
import shutil

import lit.formats

config.name = "qwenc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.join(config.qwenc_source_dir, "tests", "lit")
config.test_exec_root = os.path.join(config.qwenc_binary_dir, "tests", "lit")

# Our programs, then FileCheck, not, split-file, llvm-objdump ... of LLVM.
config.environment["PATH"] = os.pathsep.join(
    [
        os.path.join(config.qwenc_binary_dir, "bin"),
        config.llvm_tools_dir,
        os.environ.get("PATH", ""),
    ]
)
config.environment["HOME"] = config.test_exec_root
config.substitutions.append(("%python", config.python))
config.substitutions.append(("%testdata", os.path.join(config.qwenc_source_dir, "tests", "testdata")))
# A test that needs a program names it: `REQUIRES: qwenc`.
for program in ("qwenc", "qwen-opt"):
    if os.path.exists(os.path.join(config.qwenc_binary_dir, "bin", program)):
        config.available_features.add(program)
if shutil.which("qemu-aarch64"):
    config.available_features.add("qemu-aarch64")
config.available_features.add("host-" + config.host_arch)
