# Results of metafor that make_reference.R does not hold: influence diagnostics with the Knapp-Hartung adjustment and
# other estimators, DFBETAS, Baujat coordinates, prediction from a meta-regression, the mixed-effects regression test,
# trim and fill with both estimators and sides. Usage: Rscript make_sensitivity.R FOLDER (reads pairwise_*.json there).
suppressMessages({library(metafor); library(jsonlite)})
options(digits = 17)
args <- commandArgs(trailingOnly = TRUE); root <- args[1]
versions <- list(R = R.version.string, metafor = as.character(packageVersion("metafor")))
control <- list(threshold = 1e-12, maxiter = 10000, tol = 1e-12)
pdf(NULL)
num <- function(x) as.numeric(x)
save_json <- function(x, name) write(toJSON(c(list(versions = versions), x), digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = TRUE), file.path(root, paste0(name, ".json")))
diagnostics <- function(yi, vi, method, test) {
  f <- suppressWarnings(rma(yi, vi, method = method, test = test, control = control))
  i <- suppressWarnings(influence(f)); b <- suppressWarnings(baujat(f)); l <- suppressWarnings(leave1out(f))
  list(rstudent = num(i$inf$rstudent), dffits = num(i$inf$dffits), cook = num(i$inf$cook.d), covr = num(i$inf$cov.r),
       tau2_del = num(i$inf$tau2.del), q_del = num(i$inf$QE.del), hat = num(i$inf$hat), dfbs = num(i$dfbs$intrcpt),
       inf = i$is.infl, baujat_x = num(b$x), baujat_y = num(b$y),
       leave1out = list(est = num(l$estimate), se = num(l$se), ci_lb = num(l$ci.lb), ci_ub = num(l$ci.ub), pval = num(l$pval), I2 = num(l$I2)))
}
fills <- function(yi, vi) {
  res <- list()
  for (method in c("FE", "DL", "REML")) for (est in c("L0", "R0")) for (side in c("left", "right")) {
    f <- suppressWarnings(rma(yi, vi, method = method, control = control))
    t <- try(suppressWarnings(trimfill(f, estimator = est, side = side)), silent = TRUE)
    res[[paste(method, est, side, sep = ".")]] <- if (inherits(t, "try-error")) list(error = "no fit") else
      list(k0 = num(t$k0), b = num(t$beta), se = num(t$se), tau2 = if (method == "FE") 0 else num(t$tau2), yi_fill = num(t$yi[t$fill]), vi_fill = num(t$vi[t$fill]))
  }
  for (method in c("FE", "DL", "REML")) for (est in c("L0", "R0")) {
    f <- suppressWarnings(rma(yi, vi, method = method, control = control))
    t <- try(suppressWarnings(trimfill(f, estimator = est)), silent = TRUE)
    if (!inherits(t, "try-error")) res[[paste(method, est, "auto", sep = ".")]] <- list(k0 = num(t$k0), side = t$side)
  }
  res
}
mixed <- function(yi, vi) {
  res <- list()
  for (method in c("DL", "REML", "ML")) for (test in c("z", "t", "knha")) {
    t <- regtest(rma(yi, vi, method = method, test = test, control = control))
    res[[paste(method, test, sep = ".")]] <- list(stat = num(t$zval), pval = num(t$pval), limit = num(t$est), bias = num(t$fit$beta[2]), se = num(t$fit$se[2]), tau2 = num(t$fit$tau2))
  }
  res
}
for (name in c("bcg", "nielweise2007", "hine1989", "collins1985b_pre", "li2007")) {
  d <- fromJSON(file.path(root, paste0("pairwise_", name, ".json")))
  out <- list(dataset = name, measures = list())
  for (m in c("RR", "OR")) {
    yi <- as.numeric(d$measures[[m]]$yi); vi <- as.numeric(d$measures[[m]]$vi); ok <- !is.na(yi) & !is.na(vi)
    yi <- yi[ok]; vi <- vi[ok]
    res <- list(yi = yi, vi = vi, influence = list(), trimfill = fills(yi, vi), regtest_rma = mixed(yi, vi))
    for (method in c("FE", "DL", "REML", "PM")) for (test in c("z", "knha")) res$influence[[paste(method, test, sep = ".")]] <- diagnostics(yi, vi, method, test)
    out$measures[[m]] <- res
  }
  if (name == "bcg") {
    r <- fromJSON(file.path(root, "metareg_bcg.json"))$data
    for (test in c("z", "knha")) {
      p <- predict(rma(r$yi, r$vi, mods = ~ r$ablat, test = test, control = control), newmods = c(10, 40))
      out$predict[[test]] <- list(pred = num(p$pred), se = num(p$se), ci_lb = num(p$ci.lb), ci_ub = num(p$ci.ub), pi_lb = num(p$pi.lb), pi_ub = num(p$pi.ub))
    }
  }
  save_json(out, paste0("sensitivity_", name))
}
