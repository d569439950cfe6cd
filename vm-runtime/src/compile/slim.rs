//! Machine code without the table that says which operator each instruction came from.
//!
//! Wasmer uses it for the places in stack traces, which nobody sees here: the message of a trap is made of its kind alone, which
//! has a table of its own. The table is the larger part of an artifact, and to write, to authenticate and to load it is most of
//! the time of a first call.

use std::sync::Arc;

use wasmer::CompileError;
use wasmer_compiler::types::function::Compilation;
use wasmer_compiler::types::module::CompileModuleInfo;
use wasmer_compiler::{Compiler, CompilerConfig, FunctionBodyData, ModuleMiddleware, ModuleTranslationState};
use wasmer_types::entity::PrimaryMap;
use wasmer_types::target::Target;
use wasmer_types::{CompilationProgressCallback, Features, LocalFunctionIndex};

/// A compiler's settings; the code that it makes is without the table.
pub(super) struct Slim<C>(pub(super) C);

impl<C: CompilerConfig + 'static> CompilerConfig for Slim<C> {
    fn compiler(self: Box<Self>) -> Box<dyn Compiler> {
        Box::new(SlimCompiler(Box::new(self.0).compiler()))
    }

    fn default_features_for_target(&self, target: &Target) -> Features {
        self.0.default_features_for_target(target)
    }

    fn supported_features_for_target(&self, target: &Target) -> Features {
        self.0.supported_features_for_target(target)
    }

    fn push_middleware(&mut self, middleware: Arc<dyn ModuleMiddleware>) {
        self.0.push_middleware(middleware);
    }
}

#[derive(Debug)]
struct SlimCompiler(Box<dyn Compiler>);

impl Compiler for SlimCompiler {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn deterministic_id(&self) -> String {
        self.0.deterministic_id()
    }

    fn compile_module(
        &self,
        target: &Target,
        module: &CompileModuleInfo,
        compile_info_blob: &[u8],
        module_translation: &ModuleTranslationState,
        function_body_inputs: PrimaryMap<LocalFunctionIndex, FunctionBodyData<'_>>,
        progress_callback: Option<&CompilationProgressCallback>,
    ) -> Result<Compilation, CompileError> {
        let mut made = self.0.compile_module(
            target,
            module,
            compile_info_blob,
            module_translation,
            function_body_inputs,
            progress_callback,
        )?;
        if let Compilation::Rkyv { compilation, .. } = &mut made {
            for function in compilation.functions.values_mut() {
                function.frame_info.address_map.instructions = Vec::new();
            }
        }
        Ok(made)
    }

    fn get_middlewares(&self) -> &[Arc<dyn ModuleMiddleware>] {
        self.0.get_middlewares()
    }
}
