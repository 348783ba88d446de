# Reference results of metafor's conditional model with exact likelihood (CM.EL), one record per data set.
# Usage: Rscript make_counts_cm_el.R FOLDER_WITH_pairwise_JSON OUTPUT.json
suppressMessages({library(metafor); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
out <- list(versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor"))))
num <- function(x) if (is.null(x)) NA else as.numeric(x)
for (name in c("hine1989", "nielweise2007", "collins1985b_pre", "bcg", "li2007")) {
  d <- fromJSON(file.path(args[1], paste0("pairwise_", name, ".json")))$data
  notes <- character(0)
  keep <- function(w) { notes <<- c(notes, conditionMessage(w)); invokeRestart("muffleWarning") }
  took <- system.time(fit <- tryCatch(
    withCallingHandlers(rma.glmm(measure = "OR", ai = d$ai, n1i = d$n1i, ci = d$ci, n2i = d$n2i, model = "CM.EL"), warning = keep),
    error = function(e) list(error = conditionMessage(e))))[["elapsed"]]
  out[[name]] <- if (!is.null(fit$error)) list(error = fit$error, warnings = as.list(notes), seconds = took) else
    list(b = num(fit$beta), se = num(fit$se), tau2 = num(fit$tau2), se_tau2 = num(fit$se.tau2), ci_lb = num(fit$ci.lb),
         ci_ub = num(fit$ci.ub), log_likelihood = num(fit$fit.stats["ll", "ML"]), QE_Wld = num(fit$QE.Wld),
         QE_LRT = num(fit$QE.LRT), QE_df = num(fit$QE.df), k = fit$k, warnings = as.list(notes), seconds = took)
  write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = TRUE), args[2])
}
