# Profile likelihood intervals of between-study variances and correlations by metafor's confint(rma.mv). Usage:
# Rscript make_between.R FOLDER. The data are those of multivariate.json.
options(digits = 17)
suppressMessages({library(metafor); library(jsonlite)})
root <- commandArgs(trailingOnly = TRUE)[1]
sets <- fromJSON(file.path(root, "multivariate.json"))$joint
out <- list(versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor"))))
limits <- function(ci) {
  row <- ci$random[nrow(ci$random), ]; if (any(grepl("^tau\\^2", rownames(ci$random)))) row <- ci$random[grep("^tau\\^2", rownames(ci$random)), ]
  list(estimate = unname(row[1]), low = unname(row[2]), high = unname(row[3]), low_sign = ci$lb.sign, high_sign = ci$ub.sign)
}
for (name in names(sets)) {
  d <- sets[[name]]
  frame <- data.frame(yi = d$yi, outcome = factor(d$outcome, levels = d$order), trial = d$trial)
  for (s in c("UN", "DIAG", "CS")) for (m in c("REML", "ML")) {
    fit <- try(suppressWarnings(rma.mv(yi, d$V, mods = ~ outcome - 1, random = ~ outcome | trial, struct = s, data = frame, method = m)), silent = TRUE); if (inherits(fit, "try-error")) next
    key <- paste(name, s, m, sep = "|"); found <- list()
    for (j in seq_along(fit$tau2)) found[[paste0("tau2.", j)]] <- try(limits(confint(fit, tau2 = j)), silent = TRUE)
    if (s != "DIAG") found$rho <- try(limits(confint(fit, rho = 1)), silent = TRUE)
    out[[key]] <- lapply(found, function(x) if (inherits(x, "try-error")) NULL else x)
  }
}
write(toJSON(out, digits = NA, auto_unbox = TRUE, null = "null", na = "null"), file.path(root, "between.json"))
