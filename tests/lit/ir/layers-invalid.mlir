// RUN: qwen-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x32xf32>) {
  // expected-error @+1 {{order names body 1 of 1}}
  %y = qwen.layers %x order [0, 1] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    qwen.yield %h : tensor<?x32xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<?x32xf32>) {
  // expected-error @+1 {{has no layer in its order}}
  %y = qwen.layers %x order [] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    qwen.yield %h : tensor<?x32xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<?x32xf32>) {
  // expected-error @+1 {{order names body -1 of 1}}
  %y = qwen.layers %x order [-1] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    qwen.yield %h : tensor<?x32xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<?x32xf32>) {
  // expected-error @+1 {{hands on the residual stream in the type it came in}}
  %y = "qwen.layers"(%x) <{order = array<i64: 0>}> ({
  ^bb0(%h: tensor<?x32xf32>):
    qwen.yield %h : tensor<?x32xf32>
  }) : (tensor<?x32xf32>) -> tensor<?x64xf32>
  return
}

// -----

func.func @f(%x: tensor<?x32xf32>) {
  // expected-error @+1 {{a body takes one argument of type 'tensor<?x32xf32>'}}
  %y = qwen.layers %x order [0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x64xf32>):
    qwen.yield %x : tensor<?x32xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<?x32xf32>) {
  // expected-error @+1 {{a body takes one argument of type 'tensor<?x32xf32>'}}
  %y = qwen.layers %x order [0] : tensor<?x32xf32> {
    qwen.yield %x : tensor<?x32xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<?x32xf32>, %z: tensor<?x64xf32>) {
  // expected-error @+1 {{a body ends with qwen.yield of 'tensor<?x32xf32>'}}
  %y = qwen.layers %x order [0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    qwen.yield %z : tensor<?x64xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<?x32xf32>) {
  // expected-error @+1 {{a body ends with qwen.yield of 'tensor<?x32xf32>'}}
  %y = qwen.layers %x order [0] : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    qwen.yield %h : tensor<?x32xf32>
    qwen.barrier
  }
  return
}

// -----

func.func @f(%x: tensor<?x32xf32>) {
  // expected-error @+1 {{expected 'order'}}
  %y = qwen.layers %x : tensor<?x32xf32> {
  ^bb0(%h: tensor<?x32xf32>):
    qwen.yield %h : tensor<?x32xf32>
  }
  return
}
