// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%q: tensor<?x256xf32>, %kv: !qwen.kv<3x64>) {
  // expected-error @+1 {{the query heads are no multiple of the heads of '!qwen.kv<3x64>'}}
  %a = qwen.attention %q, %kv : tensor<?x256xf32>, !qwen.kv<3x64>
  return
}

// -----

func.func @f(%q: tensor<?x200xf32>, %kv: !qwen.kv<3x64>) {
  // expected-error @+1 {{the query heads are no multiple of the heads of '!qwen.kv<3x64>'}}
  %a = qwen.attention %q, %kv : tensor<?x200xf32>, !qwen.kv<3x64>
  return
}
