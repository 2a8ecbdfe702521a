// RUN: qwen-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{attribute 'qwen.model' must be #qwen.model}}
func.func private @f() attributes {qwen.model = 1 : i64}

// -----

// expected-error @+1 {{attribute 'qwen.target' must be #qwen.target}}
func.func private @f() attributes {qwen.target = "avx2"}

// -----

// expected-error @+1 {{attribute 'qwen.packed' must be #qwen.packed}}
func.func private @f() attributes {qwen.packed = 64 : i64}

// -----

// expected-error @+1 {{attribute 'qwen.rope_tables' must be #qwen.packed}}
func.func private @f() attributes {qwen.rope_tables = 64 : i64}

// -----

// expected-error @+1 {{attribute 'qwen.weight_bytes' must be an integer}}
func.func private @f() attributes {qwen.weight_bytes = "64"}

// -----

// expected-error @+1 {{attribute 'qwen.max_batch' must be an integer}}
func.func private @f() attributes {qwen.max_batch = 128.0}

// -----

// expected-error @+1 {{attribute 'qwen.arena_shared_bytes' must be an integer}}
func.func private @f() attributes {qwen.arena_shared_bytes}

// -----

// expected-error @+1 {{attribute 'qwen.arena_thread_bytes' must be an integer}}
func.func private @f() attributes {qwen.arena_thread_bytes}

// -----

// expected-error @+1 {{attribute 'qwen.phase' must be "prefill" or "decode"}}
func.func private @f() attributes {qwen.phase = "warmup"}

// -----

// expected-error @+1 {{attribute 'qwen.split' must be #qwen.split}}
func.func private @f() attributes {qwen.split = "columns"}

// -----

// expected-error @+1 {{attribute 'qwen.slots' must be an array of #qwen.slot}}
func.func private @f() attributes {qwen.slots = #qwen.slot<shared, 0, rows = 1>}

// -----

// expected-error @+1 {{attribute 'qwen.slots' must be an array of #qwen.slot}}
func.func private @f() attributes {qwen.slots = [64]}

// -----

// expected-error @+1 {{attribute 'qwen.kernels' must be an array of strings}}
func.func private @f() attributes {qwen.kernels = "qwen_matmul"}

// -----

// expected-error @+1 {{attribute 'qwen.kernels' must be an array of strings}}
func.func private @f() attributes {qwen.kernels = [1]}

// -----

// expected-error @+2 {{failed to parse Qwen_SplitAttr parameter 'kind'}}
// expected-error @+1 {{expected ::qwenc::ir::SplitKind to be one of: replicate, tokens, columns, heads}}
func.func private @f() attributes {qwen.split = #qwen.split<rows, 1>}

// -----

// expected-error @+2 {{failed to parse Qwen_SlotAttr parameter 'space'}}
// expected-error @+1 {{expected ::qwenc::ir::Space to be one of: shared, thread}}
func.func private @f() attributes {qwen.slots = [#qwen.slot<stack, 0, rows = 1>]}

// -----

// expected-error @+1 {{attribute 'qwen.row_order' must be #qwen.row_order}}
func.func private @f() attributes {qwen.row_order = 16 : i64}

// -----

// expected-error @+1 {{a head has a positive, even number of rows, not 15}}
func.func private @f() attributes {qwen.row_order = #qwen.row_order<halves, 15>}
