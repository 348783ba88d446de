# The functions of netmeta that the scripts of networks call, by their definitions and as far as the scripts use them.
# netmeta itself is not installed where the tests run; with these the scripts run, and what they read of a result has
# the place that netmeta's manual gives it (TE.random: row against column). Written from Ruecker 2012 and Jackson 2012.
pairwise <- function(treat, event, n, studlab, data, sm, incr = 0.5) {
  d <- data.frame(t = data[[deparse(substitute(treat))]], e = data[[deparse(substitute(event))]],
                  n = data[[deparse(substitute(n))]], s = data[[deparse(substitute(studlab))]])
  out <- lapply(split(d, d$s), function(a) {
    zero <- any(a$e == 0 | a$e == a$n) && sm != "ASD"
    x <- a$e + zero * incr
    m <- a$n + zero * incr * (if (sm == "RR") 1 else 2)
    y <- switch(sm, OR = log(x / (m - x)), RR = log(x / m), RD = a$e / a$n, ASD = asin(sqrt(x / m)))
    v <- switch(sm, OR = 1 / x + 1 / (m - x), RR = 1 / x - 1 / m, RD = x * (m - x) / m^3, ASD = 1 / (4 * m))
    at <- utils::combn(nrow(a), 2)
    data.frame(studlab = a$s[1], treat1 = a$t[at[1, ]], treat2 = a$t[at[2, ]], TE = y[at[1, ]] - y[at[2, ]],
               seTE = sqrt(v[at[1, ]] + v[at[2, ]]))
  })
  do.call(rbind, out)
}
netmeta <- function(TE, seTE, treat1, treat2, studlab, data, sm, common, random, reference.group, method.tau = "DL",
                    tau.preset = NULL, level.ma = 0.95, tol.multiarm = 0.001) {
  stopifnot(is.character(sm), xor(common, random), level.ma > 0.5, tol.multiarm >= 0.0009)
  trts <- sort(unique(c(data$treat1, data$treat2)))
  one <- function(d) {
    arms <- unique(c(d$treat1, d$treat2))
    sign <- function(a, b) sapply(seq_len(nrow(d)), function(r) (d$treat1[r] == a & d$treat2[r] == b) - (d$treat2[r] == a & d$treat1[r] == b))
    y <- sapply(arms[-1], function(a) sum(sign(a, arms[1]) * d$TE))
    square <- function(a, b) if (a == b) 0 else sum(abs(sign(a, b)) * d$seTE^2)
    r <- outer(arms[-1], arms[-1], Vectorize(square))
    own <- sapply(arms[-1], square, arms[1])
    x <- t(sapply(arms[-1], function(a) (trts == a) - (trts == arms[1])))
    list(y = y, v = (outer(own, own, "+") - r) / 2, m = (diag(length(y)) + 1) / 2, x = matrix(x, ncol = length(trts)), set = paste(sort(arms), collapse = "|"))
  }
  all <- lapply(split(data, data$studlab), one)
  bind <- function(l, what) { n <- sapply(l, function(b) length(b$y)); out <- matrix(0, sum(n), sum(n)); end <- cumsum(n)
    for (i in seq_along(l)) { at <- (end[i] - n[i] + 1):end[i]; out[at, at] <- l[[i]][[what]] }; out }
  fit <- function(l, tau2) {
    x <- do.call(rbind, lapply(l, function(b) b$x))[, trts != reference.group, drop = FALSE]
    x <- x[, qr(x)$pivot[seq_len(qr(x)$rank)], drop = FALSE]
    y <- unlist(lapply(l, function(b) b$y)); w <- solve(bind(l, "v") + tau2 * bind(l, "m"))
    cov <- solve(t(x) %*% w %*% x); beta <- cov %*% t(x) %*% w %*% y
    p <- w - w %*% x %*% cov %*% t(x) %*% w
    list(beta = beta, cov = cov, q = as.numeric(t(y) %*% p %*% y), df = length(y) - ncol(x), trace = sum(diag(p %*% bind(l, "m"))))
  }
  zero <- fit(all, 0)
  tau2 <- if (!is.null(tau.preset)) tau.preset^2 else if (common) 0 else max(0, (zero$q - zero$df) / zero$trace)
  f <- fit(all, tau2)
  within <- sum(sapply(split(all, sapply(all, function(b) b$set)), function(l) fit(l, 0)$q))
  b <- setNames(numeric(length(trts)), trts); b[trts != reference.group] <- f$beta
  cov <- matrix(0, length(trts), length(trts)); at <- trts != reference.group; cov[at, at] <- f$cov
  te <- outer(b, b, "-"); se <- sqrt(outer(diag(cov), diag(cov), "+") - 2 * cov); dimnames(te) <- dimnames(se) <- list(trts, trts)
  net <- list(tau = sqrt(tau2), Q = zero$q, df.Q = zero$df, pval.Q = pchisq(zero$q, zero$df, lower.tail = FALSE),
              I2 = max(0, (zero$q - zero$df) / zero$q), Q.heterogeneity = within, Q.inconsistency = zero$q - within)
  net[[if (common) "TE.common" else "TE.random"]] <- te
  net[[if (common) "seTE.common" else "seTE.random"]] <- se
  net
}
