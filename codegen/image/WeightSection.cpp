//===- codegen/image/WeightSection.cpp - packs the weights of a model ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "codegen/image/WeightSection.h"

#include "codegen/packing/WeightPacker.h"
#include "ir/kernels/RopeTables.h"
#include "support/quant/BlockFormat.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <unistd.h>

using namespace mlir;
using namespace qwenc;
using llvm::Error;

namespace {

/// Bytes that a packer makes before it writes: enough for the disk, little for
/// the memory.
constexpr int64_t kChunkBytes = 2 << 20;

/// A run of panels of one tensor.
struct Task {
  ir::TensorOp tensor;
  ir::WeightType type;
  int64_t offset; // in the weight section
  int64_t firstPanel, lastPanel;
  std::atomic<int64_t> *left; // tasks of the tensor still to do
};

WeightFormat weightFormatOf(ir::WeightType type) {
  return static_cast<WeightFormat>(type.getFormat());
}

/// Vectors have float types only.
GgmlType plainType(ir::WeightType type) {
  return type.getFormat() == ir::Format::F32   ? GgmlType::F32
         : type.getFormat() == ir::Format::F16 ? GgmlType::F16
                                               : GgmlType::BF16;
}

/// The tensor with the rows of the task's panels moved; the others are not filled
/// in, because packPanels does not read them.
const uint8_t *reorderRows(const Task &task, const uint8_t *bytes, std::vector<uint8_t> &rows) {
  int64_t rowBytes = ggufRowBytes(weightFormatOf(task.type), task.type.getCols());
  rows.resize(task.type.getRows() * rowBytes);
  int64_t end = std::min(task.lastPanel * kPanelRows, task.type.getRows());
  for (int64_t row = task.firstPanel * kPanelRows; row < end; ++row)
    std::memcpy(rows.data() + row * rowBytes, bytes + ir::getSourceRow(task.tensor, row) * rowBytes,
                rowBytes);
  return rows.data();
}

Error writeAll(int file, const uint8_t *bytes, size_t size, uint64_t offset) {
  while (size) {
    ssize_t written = ::pwrite(file, bytes, size, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return llvm::createStringError(std::string("writing the weights failed: ") +
                                     std::strerror(written ? errno : ENOSPC));
    bytes += written;
    size -= written;
    offset += written;
  }
  return Error::success();
}

} // namespace

Error qwenc::writeWeightSection(ModuleOp scheduled, const WeightSource &source, KernelArch arch,
                                int file, uint64_t offset, unsigned threads,
                                llvm::function_ref<void(uint64_t)> progress) {
  auto modelAttr = scheduled->getAttrOfType<ir::ModelAttr>(ir::kModelAttrName);
  auto ropePacked = scheduled->getAttrOfType<ir::PackedAttr>(ir::kRopeTablesAttrName);
  RopeTables tables(modelAttr.getHeadDim(), modelAttr.getContextLength());
  std::vector<uint8_t> rope(tables.bytes());
  writeRopeTables(tables, modelAttr.getRopeTheta().getValueAsDouble(), modelAttr.getScaling(),
                  rope.data());
  if (Error error = writeAll(file, rope.data(), rope.size(), offset + ropePacked.getOffset()))
    return error;

  std::vector<Task> tasks;
  std::deque<std::atomic<int64_t>> counters;
  for (auto op : scheduled.getOps<ir::TensorOp>()) {
    auto packed = op->getAttrOfType<ir::PackedAttr>(ir::kPackedAttrName);
    auto type = cast<ir::WeightType>(op.getType());
    std::atomic<int64_t> &left = counters.emplace_back(0);
    if (!type.isMatrix()) {
      left = 1;
      tasks.push_back({op, type, packed.getOffset(), 0, 0, &left});
      continue;
    }
    WeightFormat format = weightFormatOf(type);
    int64_t panels = panelCount(type.getRows());
    int64_t panelBytes = packedPanelBytes(format, type.getCols());
    int64_t step = std::max<int64_t>(1, kChunkBytes / panelBytes);
    for (int64_t first = 0; first < panels; first += step, ++left)
      tasks.push_back({op, type, packed.getOffset() + first * panelBytes, first,
                       std::min(first + step, panels), &left});
  }

  std::mutex mutex;
  std::optional<Error> failure;
  std::atomic<bool> failed = false;
  std::atomic<size_t> next = 0;
  uint64_t done = 0;
  auto work = [&] {
    std::vector<uint8_t> buffer, rows;
    for (size_t index; !failed && (index = next++) < tasks.size();) {
      const Task &task = tasks[index];
      ir::TensorOp tensor = task.tensor;
      const uint8_t *bytes = source.read(tensor.getSymName()).data();
      int64_t k = task.type.getCols();
      if (!task.type.isMatrix()) {
        buffer.resize(k * sizeof(float));
        dequantizeRow(plainType(task.type), bytes, reinterpret_cast<float *>(buffer.data()), k);
      } else {
        WeightFormat format = weightFormatOf(task.type);
        if (tensor->hasAttr(ir::kRowOrderAttrName))
          bytes = reorderRows(task, bytes, rows);
        buffer.resize((task.lastPanel - task.firstPanel) * packedPanelBytes(format, k));
        packPanels(format, arch, bytes, task.type.getRows(), k, task.firstPanel, task.lastPanel,
                   buffer.data());
      }
      Error error = writeAll(file, buffer.data(), buffer.size(), offset + task.offset);
      if (--*task.left == 0)
        source.release(tensor.getSymName());
      std::lock_guard<std::mutex> lock(mutex);
      if (error) {
        failed = true;
        if (failure)
          llvm::consumeError(std::move(error));
        else
          failure = std::move(error);
        return;
      }
      done += buffer.size();
      progress(done);
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 1; i < threads; ++i)
    workers.emplace_back(work);
  work();
  for (std::thread &worker : workers)
    worker.join();
  return failure ? std::move(*failure) : Error::success();
}
