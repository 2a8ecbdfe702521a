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

/// A run of panels of one matrix.
struct Task {
  ir::TensorOp tensor;
  ir::WeightType type;
  int64_t offset; // in the weight section
  int64_t expert; // whose matrix it is
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

/// Where the rows of the task's panels lie in the source.
void listRows(const Task &task, std::vector<int64_t> &rows) {
  rows.clear();
  int64_t end = std::min(task.lastPanel * kPanelRows, task.type.getRows());
  for (int64_t row = task.firstPanel * kPanelRows; row < end; ++row)
    rows.push_back(task.expert * task.type.getRows() + ir::getSourceRow(task.tensor, row));
}

/// Makes the bytes of a task's part of the weight section.
Error pack(const Task &task, const WeightSource &source, KernelArch arch,
           std::vector<int64_t> &rows, std::vector<uint8_t> &made, std::vector<uint8_t> &out) {
  ir::TensorOp tensor = task.tensor;
  const int64_t k = task.type.getCols();
  rows.assign(1, 0);
  const bool hasRows = task.type.getShape().size() > 1;
  if (hasRows)
    listRows(task, rows);
  auto bytes = source.read(tensor.getSymName(), rows, made);
  if (!bytes)
    return bytes.takeError();
  if (!hasRows) {
    out.resize(k * sizeof(float));
    dequantizeRow(plainType(task.type), *bytes, reinterpret_cast<float *>(out.data()), k);
    return Error::success();
  }
  WeightFormat format = weightFormatOf(task.type);
  const int64_t panels = task.lastPanel - task.firstPanel;
  out.resize(panels * packedPanelBytes(format, k));
  packPanels(format, arch, *bytes, rows.size(), k, 0, panels, out.data());
  return Error::success();
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
    if (type.getShape().size() < 2) {
      left = 1;
      tasks.push_back({op, type, packed.getOffset(), 0, 0, 0, &left});
      continue;
    }
    WeightFormat format = weightFormatOf(type);
    int64_t panels = panelCount(type.getRows());
    int64_t panelBytes = packedPanelBytes(format, type.getCols());
    int64_t step = std::max<int64_t>(1, kChunkBytes / panelBytes);
    for (int64_t expert = 0; expert < type.getExperts(); ++expert)
      for (int64_t first = 0; first < panels; first += step, ++left)
        tasks.push_back({op, type, packed.getOffset() + (expert * panels + first) * panelBytes,
                         expert, first, std::min(first + step, panels), &left});
  }

  std::mutex mutex;
  std::optional<Error> failure;
  std::atomic<bool> failed = false;
  std::atomic<size_t> next = 0;
  uint64_t done = 0;
  auto work = [&] {
    std::vector<int64_t> rows;
    std::vector<uint8_t> made, buffer;
    for (size_t index; !failed && (index = next++) < tasks.size();) {
      const Task &task = tasks[index];
      ir::TensorOp tensor = task.tensor;
      Error error = pack(task, source, arch, rows, made, buffer);
      if (!error)
        error = writeAll(file, buffer.data(), buffer.size(), offset + task.offset);
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
