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

// -----

// expected-error @+1 {{the factors of a rope scaling are finite and positive}}
func.func private @f() attributes {a = #qwen.rope_scaling<factor = -4.0 : f64, extrapolation = 1.0 : f64, original_context = 64,
    beta_fast = 32.0 : f64, beta_slow = 1.0 : f64, attention_factor = 1.0 : f64>}

// -----

// expected-error @+1 {{extrapolation is from 0 to 1 and needs the original context}}
func.func private @f() attributes {a = #qwen.rope_scaling<factor = 4.0 : f64, extrapolation = 1.0 : f64, original_context = 0,
    beta_fast = 32.0 : f64, beta_slow = 1.0 : f64, attention_factor = 1.0 : f64>}

// -----

// expected-error @+1 {{the divisors of frequencies are finite and positive}}
func.func private @f() attributes {a = #qwen.rope_scaling<factor = 4.0 : f64, extrapolation = 1.0 : f64, original_context = 64,
    beta_fast = 32.0 : f64, beta_slow = 1.0 : f64, attention_factor = 1.0 : f64, factors = [1.0, 0.0]>}

// -----

// expected-error @+1 {{a rope scaling has a divisor for each of the 8 pairs of a head, not 2}}
func.func private @f() attributes {a = #qwen.model<name = "Tiny", arch = "llama", hidden = 32,
    layers = 1, heads = 2, kv_heads = 1, head_dim = 16, ffn = 64, vocab = 8, context_length = 128,
    rope_theta = 1.0e6 : f64, rope = halves, eps = 1.0e-5 : f64,
    rope_scaling = <factor = 4.0 : f64, extrapolation = 1.0 : f64, original_context = 64,
    beta_fast = 32.0 : f64, beta_slow = 1.0 : f64, attention_factor = 1.0 : f64, factors = [1.0, 2.0]>>}
