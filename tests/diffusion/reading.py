"""Tokenizers and text encoders that stand in for those of real checkpoints."""

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

TEXT_WIDTH = 32
N_PIECES = 512
CHAT = "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}{% endfor %}"

_CORPUS = ["a quiet sea under a red sun", "two foxes run over fresh snow", "rain on a street at night"]


def a_tokenizer(*, chat_template: str | None = None) -> PreTrainedTokenizerFast:
    """A Unigram tokenizer that of at most 512 pieces, trained in 40 ms."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=N_PIECES, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>"
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    fast.chat_template = chat_template
    return fast


def a_text_encoder() -> UMT5EncoderModel:
    """As of Wan, with random weights."""
    config = UMT5Config(vocab_size=N_PIECES, d_model=TEXT_WIDTH, d_ff=37, d_kv=8, num_layers=2, num_heads=4)
    return UMT5EncoderModel(config).eval()
