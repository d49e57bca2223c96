# libaom for WASM by clang. It is told that this is an ARM with NEON: that code is all intrinsics and no assembler, and
# include/ turns them into SIMD128. IMGSRC_FLAGS comes from build.sh.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm64)
set(CMAKE_C_COMPILER clang-22)
set(CMAKE_CXX_COMPILER clang++-22)
set(CMAKE_AR llvm-ar-22)
set(CMAKE_RANLIB llvm-ranlib-22)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "$ENV{IMGSRC_FLAGS}")
set(CMAKE_CXX_FLAGS_INIT "$ENV{IMGSRC_FLAGS}")
