"""How the paper trained MobileNet V1, as functions of PyTorch, in text. `{LOSS}` is filled in."""

from __future__ import annotations

RECIPE = '''\
# How the paper trained it (section 3.2): RMSprop as for Inception V3, less regularisation, no label
# smoothing, and very little or no weight decay on depthwise filters, which have so few weights.


def parameter_groups(net: nn.Module, weight_decay: float = 4e-5) -> list[dict[str, Any]]:
    """Weight decay for kernels; none for depthwise ones, nor for biases and norms."""
    decayed, spared = [], []
    for module in net.modules():
        depthwise = isinstance(module, nn.Conv2d) and module.groups == module.in_channels > 1
        kernels = isinstance(module, (nn.Conv2d, nn.Linear)) and not depthwise
        for name, parameter in module.named_parameters(recurse=False):
            (decayed if kernels and name == "weight" else spared).append(parameter)
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": spared, "weight_decay": 0.0},
    ]


def rmsprop(net: nn.Module, rate: float = 0.045, weight_decay: float = 4e-5) -> torch.optim.RMSprop:
    """As for Inception V3 (arXiv 1512.00567, section 8): decay 0.9, and 1.0 for epsilon.

    The rate was that of 50 workers with 32 images each. TensorFlow adds epsilon within the root,
    PyTorch after it. 4e-5 is the weight decay of TF-Slim's MobileNet V1.
    """
    groups = parameter_groups(net, weight_decay)
    return torch.optim.RMSprop(groups, lr=rate, alpha=0.9, eps=1.0)


def schedule(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.StepLR:
    """The rate times 0.94 every two epochs: call its `step()` after each epoch."""
    return torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.94)


def train_step(
    net: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    optimizer: torch.optim.Optimizer,
) -> float:
    """One step, with gradients clipped at 2.0; the loss before it."""
    net.train()
    optimizer.zero_grad()
    loss = {LOSS}
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 2.0)
    optimizer.step()
    return loss.item()
'''

LOSS = "nn.functional.cross_entropy(net(images), labels)"
LOSS_OF_SOFTMAX = "nn.functional.nll_loss(net(images).clamp_min(1e-12).log(), labels)"
