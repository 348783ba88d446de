# Cluster-robust pools and meta-regressions of metafor and clubSandwich. Usage: Rscript make_robust.R FOLDER
# The data are those of multivariate.json; rma iterates to a threshold of 1e-12.
options(digits = 17)
suppressMessages({library(metafor); library(clubSandwich); library(jsonlite)})
root <- commandArgs(trailingOnly = TRUE)[1]
sets <- fromJSON(file.path(root, "multivariate.json"))$levels
num <- function(x) as.numeric(x)
tight <- list(threshold = 1e-12, maxiter = 10000)
told <- function(fit, cluster, tested) {
  plain <- robust(fit, cluster = outer, adjust = FALSE); adjusted <- robust(fit, cluster = outer)
  small <- coef_test(fit, vcov = "CR2", cluster = cluster)
  out <- list(b = num(fit$b), CR0 = num(plain$se), CR1 = num(adjusted$se), df = num(adjusted$dfs),
              low = num(adjusted$ci.lb), high = num(adjusted$ci.ub), p = num(adjusted$pval),
              CR2 = num(small$SE), CR2_df = num(small$df_Satt), CR2_p = num(small$p_Satt))
  if (length(tested)) {
    wald <- Wald_test(fit, constraints = constrain_zero(tested), vcov = "CR2", cluster = cluster)
    out <- c(out, list(QM = num(adjusted$QM), QMp = num(adjusted$QMp), F = num(wald$Fstat), F_df = num(wald$df_denom), F_p = num(wald$p_val)))
  }
  out
}
out <- list(versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor")), clubSandwich = as.character(packageVersion("clubSandwich"))))
for (name in names(sets)) {
  d <- sets[[name]]; d <- data.frame(yi = d$yi, vi = d$vi, outer = d$outer, place = factor(seq_along(d$yi) %% 3))
  out[[name]] <- list(
    pool = told(rma(yi, vi, data = d, method = "REML", control = tight), d$outer, c()),
    DL = told(rma(yi, vi, data = d, method = "DL"), d$outer, c()),
    regression = told(rma(yi, vi, data = d, mods = ~ place, method = "REML", control = tight), d$outer, 2:3))
}
write(toJSON(out, digits = NA, auto_unbox = TRUE), file.path(root, "robust.json"))
